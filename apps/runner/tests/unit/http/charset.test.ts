import { expect, test } from "vitest";
import { charsetOf, decodeHtml } from "../../../src/http/charset.ts";

/** The same few sentences as bytes; Node's own decoders read all of these, but write only UTF-8. */
const BYTES = {
  // 他走进房间，看见桌上放着一封信。, six times
  gbk: Buffer.from("cbfbd7dfbdf8b7bfbce4a3acbfb4bcfbd7c0c9cfb7c5d7c5d2bbb7e2d0c5a1a3".repeat(6), "hex"),
  // 彼は部屋に入り、机の上の手紙を見た。, six times
  shift_jis: Buffer.from("94de82cd959489ae82c993fc82e8814181f98acc8fe382cc8ee88e8682f08ca982bd8142".repeat(6), "hex"),
  // Он вошёл в комнату и увидел на столе письмо., six times
  "windows-1251": Buffer.from(
    "ceed20e2eef8b8eb20e220eaeeeceded20e820f3e2e8e4e5eb20ede020f1f2eeebe520efe8f1fceceee220".repeat(6),
    "hex",
  ),
};

const page = (body: Buffer, head = "") =>
  Buffer.concat([Buffer.from(`<html><head>${head}</head><body><p>`), body, Buffer.from("</p></body></html>")]);

test.each(Object.entries(BYTES))(
  "a %s page is read by its header, by its meta element and by its bytes",
  (charset, bytes) => {
    const read = new TextDecoder(charset).decode(bytes);
    expect(decodeHtml(page(bytes), `text/html; charset=${charset}`)).toContain(read);
    expect(decodeHtml(page(bytes, `<meta charset="${charset}">`), "text/html")).toContain(read);
    expect(decodeHtml(page(bytes), "text/html")).toContain(read);
  },
);

const utf8 = Buffer.from("<p>Łódź, 東京, Ελλάδα</p>");

test.each([
  [
    "a byte order mark beats the header",
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8]),
    "text/html; charset=latin1",
    "utf-8",
  ],
  ["UTF-16 by its mark", Buffer.from("\uFEFF<p>x</p>", "utf16le"), "text/html", "utf-16le"],
  ["a header beats the meta element", page(utf8, '<meta charset="windows-1251">'), "text/html; charset=utf-8", "utf-8"],
  ["UTF-8 without any declaration", page(utf8), "text/html", "utf-8"],
  ["a declaration that no decoder knows", page(utf8), "text/html; charset=klingon", "utf-8"],
  ["nothing but ASCII", Buffer.from("<p>plain</p>"), "", "utf-8"],
])("%s", (_, bytes, contentType, expected) => {
  expect(charsetOf(bytes, contentType).toLowerCase()).toBe(expected);
});

test("one broken character does not turn a declared UTF-8 page into another encoding", () => {
  const broken = Buffer.concat([page(Buffer.from("Łódź и Ελλάδα ".repeat(5))), Buffer.from([0xff])]);
  expect(charsetOf(broken, "text/html; charset=utf-8").toLowerCase()).toBe("utf-8");
});
