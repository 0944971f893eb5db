/** The login of the app, before every page and route. Replace it with your own. */
import { type NextRequest, NextResponse } from 'next/server';

export function proxy(request: NextRequest): NextResponse {
  const expected = `Basic ${btoa(`${process.env.APP_USER}:${process.env.APP_PASSWORD}`)}`;
  if (process.env.APP_PASSWORD && request.headers.get('authorization') === expected) return NextResponse.next();
  return new NextResponse('Log in.', { status: 401, headers: { 'www-authenticate': 'Basic realm="images"' } });
}
