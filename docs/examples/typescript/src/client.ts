// A client for one service's document, in 40 lines: paths, parameters, bodies and answers are typed
// by what openapi-typescript made of it.

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
type Json<Holder> = Holder extends { content: { 'application/json': infer Value } } ? Value : void;
type Success = 200 | 201 | 202 | 204;
type Answer<Operation> = Operation extends { responses: infer All }
  ? { [Status in keyof All & Success]: Json<All[Status]> }[keyof All & Success]
  : never;
type Body<Operation> = Operation extends { requestBody?: infer Sent } ? Json<NonNullable<Sent>> : void;
type Query<Operation> = Operation extends { parameters: { query?: infer Named } } ? Named : never;

interface Options<Operation> {
  body?: Body<Operation>;
  query?: Query<Operation>;
  path?: Record<string, string>;
  headers?: Record<string, string>;
}

// RFC 9457: programs go by `code`, people by `detail`.
export interface Problem {
  status: number;
  code: string;
  detail: string;
  errors?: { pointer: string; code: string; detail: string }[];
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
  }
}

export function client<Paths>(gateway: string, token?: string) {
  return async <Path extends keyof Paths & string, M extends keyof Paths[Path] & Method>(
    method: M, path: Path, options: Options<Paths[Path][M]> = {},
  ): Promise<Answer<Paths[Path][M]>> => {
    const url = new URL(`/api/v1${path.replace(/{(\w+)}/g, (_, name: string) =>
      encodeURIComponent(options.path?.[name] ?? ''))}`, gateway);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { ...options.headers };
    if (token) headers['Authorization'] = `Bearer ${token}`;
    if (options.body !== undefined) headers['Content-Type'] = 'application/json';
    const response = await fetch(url, {
      method: method.toUpperCase(), headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
    });
    if (!response.ok) throw new ApiError(await response.json() as Problem);
    return (response.status === 204 ? undefined : await response.json()) as Answer<Paths[Path][M]>;
  };
}
