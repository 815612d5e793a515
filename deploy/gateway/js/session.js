// Sessions of our own pages. The access token goes to the page, which keeps it in memory; the
// refresh token goes into a cookie that no script can read and no other site can send
// (docs/adr/0011). Underneath are the user service's own /api/v1/sessions.

const cookieName = 'mercato_session';
const cookieForm = /^[A-Za-z0-9_-]{16,512}$/;

// The cookie with this value; an empty one ends it. It lives as long as the browser's session.
function cookie(r, value) {
    const secure = r.variables.edge_scheme === 'https' ? '; Secure' : '';
    const age = value ? '' : '; Max-Age=0';
    return `${cookieName}=${value}; Path=/web/session; HttpOnly; SameSite=Strict${secure}${age}`;
}

function shownCookie(r) {
    const value = r.variables[`cookie_${cookieName}`] || '';
    return cookieForm.test(value) ? value : '';
}

// Browsers say where a request comes from. Who does not say it is no browser, and has no cookie
// that was not its own.
function fromElsewhere(r) {
    const site = r.headersIn['Sec-Fetch-Site'];
    const origin = r.headersIn['Origin'];
    const own = `${r.variables.edge_scheme}://${r.variables.http_host}`;
    return (site && site !== 'same-origin') || (origin && origin !== own);
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch (e) {
        return null;
    }
}

// Hands on what the user service answered, its errors too; a pair of tokens without the second.
function answer(r, reply) {
    const body = parsed(reply.responseText);
    if (body === null) {
        r.return(503);
        return;
    }
    const done = reply.status < 300;
    if (done) {
        r.headersOut['Set-Cookie'] = [cookie(r, body.refresh_token)];
        delete body.refresh_token;
    } else {
        body.instance = r.variables.problem_instance;
    }
    r.headersOut['Content-Type'] = done ? 'application/json' : 'application/problem+json';
    ['Retry-After', 'RateLimit-Policy', 'WWW-Authenticate'].forEach((name) => {
        if (reply.headersOut[name]) {
            r.headersOut[name] = reply.headersOut[name];
        }
    });
    r.return(reply.status, JSON.stringify(body));
}

function post(r, location, body) {
    return r.subrequest(location, { method: 'POST', body: body });
}

async function open(r) {
    const reply = await post(r, '/_session/open', r.requestText || '{}');
    answer(r, reply);
}

// 204 where nobody is signed in, which is no mistake: a page asks when it opens. A cookie that is
// no good any more is taken back; one that could not be asked about is kept.
async function renew(r) {
    const token = shownCookie(r);
    if (!token) {
        r.return(204);
        return;
    }
    const reply = await post(r, '/_session/refresh', JSON.stringify({ refresh_token: token }));
    if (reply.status === 401 || reply.status === 403) {
        r.headersOut['Set-Cookie'] = [cookie(r, '')];
        r.return(204);
    } else {
        answer(r, reply);
    }
}

// Ends the session at the service where it can be reached, and the cookie in any case.
async function close(r) {
    const token = shownCookie(r);
    r.headersOut['Set-Cookie'] = [cookie(r, '')];
    if (token) {
        const body = JSON.stringify({ refresh_token: token });
        const reply = await post(r, '/_session/refresh', body);
        const renewed = parsed(reply.responseText);
        if (renewed && renewed.access_token) {
            r.variables.ended_token = renewed.access_token;
            await r.subrequest('/_session/end', { method: 'DELETE' });
        }
    }
    r.return(204);
}

// One handler for each method that is taken.
function taking(handlers) {
    return (r) => {
        const handle = handlers[r.method];
        if (!handle) {
            return r.return(405);
        }
        return fromElsewhere(r) ? r.return(403) : handle(r);
    };
}

export default { refresh: taking({ POST: renew }), session: taking({ POST: open, DELETE: close }) };
