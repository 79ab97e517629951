import { ActionIcon, Menu, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Person } from "@chapterhouse/domain";
import { IconBooks, IconCalendarTime, IconDeviceDesktop, IconListCheck, IconLogout } from "@tabler/icons-react";
import { IconMoon, IconRun, IconSun, IconUser, type Icon } from "@tabler/icons-react";
import { Link, NavLink } from "react-router";
import { isAdmin, useSignOut } from "../api/session.ts";
import { wordsForError } from "../words/error-words.ts";
import classes from "./page-header.module.css";

const PAGES: readonly { to: string; name: string; Icon: Icon }[] = [
  { to: "/", name: "Library", Icon: IconBooks },
  { to: "/tasks", name: "Tasks", Icon: IconListCheck },
  { to: "/schedule", name: "Schedule", Icon: IconCalendarTime },
  { to: "/runners", name: "Runners", Icon: IconRun },
];

export const PageHeader = ({ person }: { person: Person }) => (
  <header className={classes.header}>
    <div className={classes.inner}>
      <Link to="/" className={classes.brand} aria-label="Chapterhouse, to the library">
        <img src="/icon.svg" alt="" width={28} height={28} />
        <span className={classes.name}>Chapterhouse</span>
      </Link>
      <nav aria-label="Pages" className={classes.nav}>
        {PAGES.map(({ to, name, Icon }) => (
          <NavLink key={to} to={to} end={to === "/"} className={classes.link ?? ""}>
            <Icon size={18} aria-hidden />
            {name}
          </NavLink>
        ))}
      </nav>
      <SchemeToggle />
      <AccountMenu person={person} />
    </div>
  </header>
);

const SCHEMES: Readonly<Record<MantineColorScheme, { next: MantineColorScheme; name: string; Icon: Icon }>> = {
  auto: { next: "light", name: "as the system", Icon: IconDeviceDesktop },
  light: { next: "dark", name: "light", Icon: IconSun },
  dark: { next: "auto", name: "dark", Icon: IconMoon },
};

const SchemeToggle = () => {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, name, Icon } = SCHEMES[colorScheme];
  const label = `Colours: ${name}. Change to ${SCHEMES[next].name}`;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next)}
    >
      <Icon size={19} />
    </ActionIcon>
  );
};

const AccountMenu = ({ person }: { person: Person }) => {
  const signOut = useSignOut();
  const leave = () =>
    signOut.mutate(undefined, {
      onError: (error) => notifications.show({ color: "red", title: "Not signed out", message: wordsForError(error) }),
    });
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account">
          <IconUser size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" c="var(--ink)" fw={600} truncate>
            {person.name === "" ? person.email : person.name}
          </Text>
          <Text size="xs" c="dimmed">
            {person.role}
          </Text>
        </Menu.Label>
        {isAdmin(person) && (
          <Menu.Item component={Link} to="/keys">
            API keys
          </Menu.Item>
        )}
        <Menu.Item component="a" href="/docs">
          API
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};
