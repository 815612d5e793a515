// The Idempotency-Key of a write as it is passed on. Nginx would leave out an empty one, whose
// sender would believe in a protection that nobody gives, and before 1.23 the second of two. Two
// quotes say the same as nothing, a list is no key, and a service refuses both.

// For js_set.
function shown(r) {
    return r.rawHeadersIn
        .filter((header) => header[0].toLowerCase() === 'idempotency-key')
        .map((header) => header[1] || '""')
        .join(', ');
}

export default { shown };
