// Renders the gateway's own errors as application/problem+json (RFC 9457), in the services' shape.

const problems = {
    400: { code: 'bad_request', detail: 'The request is no valid HTTP.' },
    401: { code: 'unauthenticated', detail: 'Send a bearer token.' },
    403: { code: 'forbidden', detail: 'Only an admin may do this.' },
    404: { code: 'not_found', detail: 'There is nothing here.' },
    405: { code: 'method_not_allowed', detail: 'This path does not take this method.' },
    408: { code: 'bad_request', detail: 'The request did not arrive in time.', retryable: true },
    412: { code: 'precondition_failed', detail: 'That is not what is here now.' },
    413: { code: 'payload_too_large', detail: 'The body is larger than this path takes.' },
    414: { code: 'uri_too_long', detail: 'The address is longer than 16 KiB.' },
    416: { code: 'bad_request', detail: 'There is no such range.' },
    429: { code: 'rate_limited', detail: 'Too many requests from this address.', retryable: true },
    431: { code: 'headers_too_large', detail: 'The headers are larger than 16 KiB together.' },
    500: { code: 'internal', detail: 'The gateway failed.' },
    502: {
        code: 'bad_gateway',
        detail: 'The service behind this path gave no answer.',
        retryable: true,
    },
    503: {
        code: 'unavailable',
        detail: 'The service behind this path is not available.',
        retryable: true,
    },
    504: {
        code: 'gateway_timeout',
        detail: 'The service behind this path did not answer in time.',
        retryable: true,
    },
};

// "not_found" reads "Not found": one title per code, as RFC 9457 asks for.
function titleOf(code) {
    return code.charAt(0).toUpperCase() + code.substring(1).split('_').join(' ');
}

// Bytes that are no printable ASCII, as they stand in an address: they need not be UTF-8.
function percentEncoded(character) {
    try {
        return encodeURIComponent(character);
    } catch (e) {
        return '%' + character.charCodeAt(0).toString(16);
    }
}

// What our own routes take; the services say it of theirs, but for TRACE and CONNECT, which Nginx
// refuses before it knows the route.
const allowed = {
    '/api/v1/storefront': 'GET, HEAD',
    '/api/v1/admin/overview': 'GET, HEAD',
    '/web/session': 'POST, DELETE',
    '/web/session/refresh': 'POST',
};

function allowedAt(path) {
    const any = path.startsWith('/api/') ? 'GET, HEAD, POST, PUT, PATCH, DELETE' : 'GET, HEAD';
    return allowed[path] || any;
}

// The path as the client wrote it. A request that could not be read has none.
function instanceOf(r) {
    const target = r.variables.request_uri || '/';
    return target.split('?')[0].substring(0, 1024).replace(/[^\x21-\x7e]/g, percentEncoded);
}

function answer(r, status, detail) {
    const problem = problems[status] || problems[500];

    r.headersOut['Content-Type'] = 'application/problem+json';
    if (status === 429 || status === 503) {
        r.headersOut['Retry-After'] = '1';
    }
    if (status === 401) {
        r.headersOut['WWW-Authenticate'] = 'Bearer';
    }
    if (status === 405 && !r.headersOut['Allow']) {
        r.headersOut['Allow'] = allowedAt(instanceOf(r));
    }
    if (status === 429) {
        r.headersOut['RateLimit-Policy'] = r.variables.rate_limit_policy;
    }
    r.return(status, JSON.stringify({
        type: `https://mercato.example/problems/${problem.code}`,
        title: titleOf(problem.code),
        status: status,
        detail: detail || problem.detail,
        instance: instanceOf(r),
        code: problem.code,
        trace_id: r.variables.edge_trace_id,
        retryable: problem.retryable === true,
    }));
}

// For error_page, which has set the status.
function render(r) {
    answer(r, Number(r.variables.status));
}

// What follows are handlers of locations, since a `return` would pass the limits by.

function notFound(r) {
    answer(r, 404);
}

// The services' own words for each case; a token that looked well was refused by one of them.
function unauthenticated(r) {
    const words = {
        missing: 'Send a bearer token.',
        expired: 'The token has expired.',
    };
    answer(r, 401, words[r.variables.bearer_refusal] || 'The token is not valid.');
}

function forbidden(r, detail) {
    answer(r, 403, detail);
}

function headersTooLarge(r) {
    answer(r, 431);
}

function methodNotAllowed(r, allowed) {
    r.headersOut['Allow'] = allowed;
    answer(r, 405);
}

function unavailable(r) {
    answer(r, 503);
}

function noContent(r) {
    r.return(204);
}

export default {
    forbidden, headersTooLarge, instanceOf, methodNotAllowed, noContent, notFound, render,
    unauthenticated, unavailable,
};
