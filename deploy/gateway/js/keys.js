// An Idempotency-Key that is there but empty: Nginx would not pass it on, and its sender would
// believe in a protection that nobody gives. Two quotes say the same, and a service refuses them.

// For js_set: the header as it is to be passed on, where Nginx takes it for absent.
function empty(r) {
    return r.headersIn['Idempotency-Key'] === undefined ? '' : '""';
}

export default { empty };
