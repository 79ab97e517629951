import { IconMicrophone, IconWorldDownload } from "@tabler/icons-react";

/** The sign of a kind of task: what is narrated, what is fetched. Decorative: the kind's name stands beside it. */
export const KindIcon = ({ kind, size, className }: { kind: string; size: number; className?: string | undefined }) =>
  kind.startsWith("narrate") ? (
    <IconMicrophone size={size} className={className} aria-hidden />
  ) : (
    <IconWorldDownload size={size} className={className} aria-hidden />
  );
