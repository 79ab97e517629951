import type { Voice } from "./book.ts";

const flite = (name: string, title: string, gender: Voice["gender"]) => ({
  id: `flite:${name}`,
  name: title,
  engine: "flite",
  language: "en-US",
  gender,
  offline: true,
});

const edge = (name: string, gender: Voice["gender"]) => ({
  id: `edge:${name}`,
  name: name.replace(/^[a-z]{2,3}-(?:[A-Z][a-z]{3}-)?[A-Z]{2}-/, "").replace(/Neural$/, ""),
  engine: "edge",
  language: /^([a-z]{2,3}-(?:[A-Z][a-z]{3}-)?[A-Z]{2})-/.exec(name)?.[1] ?? "",
  gender,
  offline: false,
});

/**
 * Every voice a narration can be asked for. The list is fixed, so that the backend can refuse an unknown voice
 * without asking an engine; the runner's engines speak exactly these.
 */
export const VOICES: readonly Omit<Voice, "isDefault">[] = [
  flite("rms", "Rowan", "male"),
  flite("slt", "Selma", "female"),
  flite("awb", "Alistair", "male"),
  flite("kal16", "Kal (fast)", "male"),
  edge("en-US-AriaNeural", "female"),
  edge("en-US-GuyNeural", "male"),
  edge("en-US-JennyNeural", "female"),
  edge("en-GB-SoniaNeural", "female"),
  edge("en-GB-RyanNeural", "male"),
  edge("en-AU-NatashaNeural", "female"),
  edge("de-DE-KatjaNeural", "female"),
  edge("de-DE-ConradNeural", "male"),
  edge("es-ES-ElviraNeural", "female"),
  edge("fr-FR-DeniseNeural", "female"),
  edge("pt-BR-FranciscaNeural", "female"),
  edge("ru-RU-SvetlanaNeural", "female"),
  edge("id-ID-GadisNeural", "female"),
  edge("vi-VN-HoaiMyNeural", "female"),
  edge("ja-JP-NanamiNeural", "female"),
  edge("ko-KR-SunHiNeural", "female"),
  edge("zh-CN-XiaoxiaoNeural", "female"),
  edge("zh-CN-YunxiNeural", "male"),
];

export const DEFAULT_VOICE = "flite:rms";

export const isVoice = (id: string): boolean => VOICES.some((voice) => voice.id === id);
