import { Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { Navigate, useSearchParams } from "react-router";
import { ApiError } from "../api/request.ts";
import { useMe, useSignIn } from "../api/session.ts";
import { Refusal } from "../parts/problem.tsx";
import { wordsForError } from "../words/error-words.ts";
import { returnPath } from "./return-path.ts";
import classes from "./sign-in-page.module.css";

const refusal = (error: unknown): string =>
  error instanceof ApiError && (error.status === 401 || error.status === 400)
    ? "No account has this e-mail address and password."
    : wordsForError(error);

export const SignInPage = () => {
  const [search] = useSearchParams();
  const me = useMe();
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  if (me.data) return <Navigate to={returnPath(search.get("to"))} replace />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ email, password });
  };
  return (
    <main className={classes.page}>
      <title>Sign in · Chapterhouse</title>
      <Paper className={classes.card} withBorder>
        <img src="/icon.svg" alt="" width={44} height={44} />
        <Title order={1} className={classes.title}>
          Chapterhouse
        </Title>
        <Text c="dimmed" mb="lg">
          Your library, to read and to listen to.
        </Text>
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput
              label="E-mail"
              name="email"
              type="email"
              autoComplete="username"
              required
              withAsterisk={false}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <div className={classes.refusal}>{signIn.isError && <Refusal>{refusal(signIn.error)}</Refusal>}</div>
            <Button type="submit" loading={signIn.isPending} size="md">
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </main>
  );
};
