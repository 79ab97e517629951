import { Agent, get } from "node:http";
import { ROUTES } from "@chapterhouse/domain";
import { WebSocket } from "ws";
import { Heard } from "./heard.ts";
import { type ListenersReport, LONGEST_MS, type Order } from "./messages.ts";

// Many clients of one backend: `listeners.ts URL KEY STREAMS SOCKETS`. It says "listening" when all have begun, and
// "told" when all were told of the end. Each loses its connection every 3 to 12 s and comes back at once, as a page does
// whose network changes.

const [url = "", key = "", streams = "", sockets = ""] = process.argv.slice(2);
const KEEPS_MS = { least: 3000, spread: 9000 };
const headers = { authorization: `Bearer ${key}` };
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
const noCounts = (): number[] => Array.from({ length: LONGEST_MS + 1 }, () => 0);
const counts = { latencyMs: noCounts(), missedMs: noCounts() };
let isOver = false;

/** Opens a connection; answers how to lose it. */
type Open = (heard: Heard, begun: () => void, lost: () => void) => () => void;

const openStream: Open = (heard, begun, lost) => {
  const lastEventId = heard.lastId && { "last-event-id": heard.lastId };
  const request = get(url + ROUTES.liveEvents, { agent, headers: { ...headers, ...lastEventId } }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (piece: string) => {
      const lines = (text + piece).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data: ") && heard.hear(line.slice(6))) begun();
    });
  });
  request.on("close", lost).on("error", () => {});
  return () => request.destroy();
};

const openSocket: Open = (heard, begun, lost) => {
  const address = `${url.replace("http", "ws")}${ROUTES.liveSocket}?lastEventId=${heard.lastId}`;
  const socket = new WebSocket(address, { headers });
  socket.on("message", (data: Buffer) => {
    if (heard.hear(data.toString())) begun();
  });
  socket.on("close", lost).on("error", () => {});
  return () => socket.terminate();
};

interface Client {
  readonly heard: Heard;
  readonly lose: () => void;
}

const listen = async (open: Open): Promise<Client> => {
  const heard = new Heard(counts);
  const begun = Promise.withResolvers<void>();
  let lose = (): void => {};
  const connect = (): void => {
    lose = open(heard, begun.resolve, () => {
      if (isOver) return;
      heard.reconnects += 1;
      connect();
    });
  };
  connect();
  await begun.promise;
  return { heard, lose: () => lose() };
};

const clients = await Promise.all([
  ...Array.from({ length: Number(streams) }, () => listen(openStream)),
  ...Array.from({ length: Number(sockets) }, () => listen(openSocket)),
]);

const shake = ({ lose }: Client): void => {
  const keepsMs = KEEPS_MS.least + KEEPS_MS.spread * Math.random();
  setTimeout(() => {
    if (isOver) return;
    lose();
    shake({ lose } as Client);
  }, keepsMs).unref();
};

void Promise.all(clients.map(({ heard }) => heard.completed)).then(() => process.send?.("told"));

const end = (): void => {
  isOver = true;
  const report: ListenersReport = { clients: clients.map(({ heard }) => heard.report()), ...counts };
  for (const { lose } of clients) lose();
  process.send?.(report, () => process.disconnect());
};

process.on("message", (order: Order) => {
  if (order === "end") end();
  else for (const client of clients) shake(client);
});
process.send?.("listening");
