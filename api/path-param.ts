// A parameter of the route's pattern, as text.
import type { Request } from 'express';

export function pathParam(request: Request, name: string): string {
  return String(request.params[name]);
}
