import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { BaseSimpleProcessor, type PayloadOf, type TaskContext } from "@chapterhouse/taskqueue";
import { PhotonImage, resize, SamplingFilter } from "@silvia-odwyer/photon-node";
import { z } from "zod";

const payload = z.object({ slug: z.string().regex(/^[a-z0-9-]+$/), width: z.int().min(16).max(2000).default(200) });
type Thumbnail = PayloadOf<typeof payload>;

export class ThumbnailCover extends BaseSimpleProcessor<typeof payload> {
  readonly kind = "thumbnail.cover";
  readonly payload = payload;
  readonly server: string = "http://127.0.0.1:8080";
  readonly folder: string = "data";
  fileOf = ({ slug, width }: Thumbnail) => `${this.folder}/${slug}-${width}.jpg`;

  override async findExisting(wanted: Thumbnail) {
    return (await stat(this.fileOf(wanted)).catch(() => null)) && { file: this.fileOf(wanted) };
  }
  async process(wanted: Thumbnail, { signal }: TaskContext) {
    const headers = { authorization: `Bearer ${await readFile(`${this.folder}/api-key`, "utf8")}` };
    const answer = await fetch(`${this.server}/api/books/${wanted.slug}/cover`, { headers, signal });
    if (!answer.ok) throw new Error(`The cover of ${wanted.slug}: HTTP ${answer.status}`);
    const cover = PhotonImage.new_from_byteslice(await answer.bytes());
    const height = Math.round((cover.get_height() * wanted.width) / cover.get_width());
    const file = this.fileOf(wanted);
    await writeFile(`${file}.part`, resize(cover, wanted.width, height, SamplingFilter.Lanczos3).get_bytes_jpeg(80));
    await rename(`${file}.part`, file);
    return { file };
  }
}
