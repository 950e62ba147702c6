// What the service says when it says no: a stable code, and whether anybody knows that it was not saved.

export interface Problem {
  status: number;
  code: string;
  detail: string;
}

/** No answer came back. Whether it was saved is not known. */
export const NO_LINE: Problem = { status: 0, code: "no_line", detail: "" };

/** The problem of an answer, whatever its body is. */
export function problemOf(status: number, body: unknown): Problem {
  const said = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  return { status, code: said.code ?? "http_error", detail: said.detail ?? "" };
}

/** Whether it may still be saved: the same command is sent again under the same id. */
export function isUnsettled(problem: Problem): boolean {
  return problem.status === 0 || problem.status === 408 || problem.status === 429 || problem.status >= 500;
}
