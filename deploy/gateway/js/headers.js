// Headers as they are passed on, where Nginx has another idea of them: before 1.23 it knows only
// the first of several lines, and it leaves out what is empty. For js_set.

// The values of all lines of one name; each empty one is `empty`.
function values(r, name, empty) {
    return r.rawHeadersIn
        .filter((header) => header[0].toLowerCase() === name)
        .map((header) => header[1] || empty)
        .join(', ');
}

// Who sends an empty key would believe in a protection that nobody gives. Two quotes say the same
// as nothing, a list is no key, and a service refuses both. What `headersIn` makes of several lines
// has commas, as a key may: only then all lines are gone through, which costs ten times as much.
function idempotencyKey(r) {
    const key = r.headersIn['Idempotency-Key'];
    if (key === undefined) {
        return '';
    }
    return key.includes(',') ? values(r, 'idempotency-key', '""') : key || '""';
}

// Several lines are one list (RFC 9110 section 5.3, RFC 7240 section 2).
function cacheControl(r) {
    return values(r, 'cache-control', '');
}

function prefer(r) {
    return values(r, 'prefer', '');
}

export default { cacheControl, idempotencyKey, prefer };
