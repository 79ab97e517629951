/** The object that the text is as JSON; an empty text is an empty one. Null for anything else. */
export const parsePayload = (text: string): Record<string, unknown> | null => {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
};
