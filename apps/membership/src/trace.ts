/** An error without its message: names of functions and files hold no personal data. */
export function traceOf(thrown: unknown): { error: string; stack: readonly string[] } {
  if (!(thrown instanceof Error)) return { error: typeof thrown, stack: [] };
  const stack = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = (thrown as { code?: unknown }).code;
  return {
    error: typeof code === 'string' ? `${thrown.name} ${code}` : thrown.name,
    stack: stack.slice(0, 12).map((line) => line.trim()),
  };
}
