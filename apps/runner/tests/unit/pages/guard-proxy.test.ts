import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { startGuardProxy } from "../../../src/pages/guard-proxy.ts";

test("an answer that can be read but not written on is a bad gateway, and the proxy goes on", async () => {
  const site = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end("HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nhi"));
  });
  await once(site.listen(0, "127.0.0.1"), "listening");
  const place = `127.0.0.1:${(site.address() as AddressInfo).port}`;
  const proxy = await startGuardProxy({ allow: new Set([place]), resolve: () => Promise.resolve([]) });
  for (let n = 0; n < 2; n += 1) {
    const asked = request({ port: new URL(proxy.url).port, path: `http://${place}/`, agent: false }).end();
    const [answer] = (await once(asked, "response")) as [{ statusCode: number; resume: () => void }];
    answer.resume();
    expect(answer.statusCode).toBe(502);
  }
  await proxy.close();
  site.close();
});
