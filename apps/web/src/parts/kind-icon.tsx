import { IconListDetails, IconMicrophone, IconSettings, IconWorldDownload, type Icon } from "@tabler/icons-react";

const SIGNS: Partial<Record<string, Icon>> = {
  scrape: IconWorldDownload,
  narrate: IconMicrophone,
  batch: IconListDetails,
};

/** The sign of a kind of task: what is narrated, what is fetched. Decorative: the kind's name stands beside it. */
export const KindIcon = ({ kind, size, className }: { kind: string; size: number; className?: string | undefined }) => {
  const Sign = SIGNS[kind.slice(0, kind.indexOf("."))] ?? IconSettings;
  return <Sign size={size} className={className} aria-hidden />;
};
