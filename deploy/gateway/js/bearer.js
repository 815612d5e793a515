// Looks at a bearer token without its signature, which every service checks for itself: a request
// that every service would refuse ends here.

const scheme = /^bearer +([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$/i;
const longest = 8192;

// The moment at which the token ends, in seconds; NaN if it does not say so.
function endOf(payload) {
    try {
        const exp = JSON.parse(Buffer.from(payload, 'base64url').toString()).exp;
        return typeof exp === 'number' ? exp : NaN;
    } catch (e) {
        return NaN;
    }
}

// For js_set: one word, or nothing when the token may be good.
function refusal(r) {
    const header = r.headersIn['Authorization'];
    if (!header || header.length < 8 || header.substring(0, 7).toLowerCase() !== 'bearer ') {
        return 'missing';
    }
    const parts = header.length <= longest ? scheme.exec(header) : null;
    const end = parts ? endOf(parts[2]) : NaN;
    if (!(end > 0)) {
        return 'malformed';
    }
    return end <= Date.now() / 1000 ? 'expired' : '';
}

export default { refusal };
