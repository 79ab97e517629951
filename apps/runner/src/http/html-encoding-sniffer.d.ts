declare module "html-encoding-sniffer" {
  /** The WHATWG sniffing algorithm: name of the encoding, `defaultEncoding` when the bytes declare none. */
  const sniff: (
    bytes: Uint8Array,
    options?: { transportLayerEncodingLabel?: string; defaultEncoding?: string },
  ) => string | null;
  export default sniff;
}
