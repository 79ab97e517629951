import { fields } from "@chapterhouse/domain";
import { z } from "zod";

// Identifiers in paths are looked up, not judged: one that nothing has is "not found", whatever it looks like.
export const idParams = z.object({ id: z.string().max(200) });
export const slugParams = z.object({ slug: z.string().max(200) });
export const chapterParams = slugParams.extend({
  chapter: z.coerce.number().pipe(fields.chapterNumber).describe("1-based position"),
});
