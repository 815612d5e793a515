// GET /api/v1/storefront: all that a shop's first page shows, in one answer.

import parts from 'parts.js';

const forEverybody = {
    categories: '/_part/categories',
    newest: '/_part/newest',
    bestselling: '/_part/bestselling',
};
const forOne = {
    me: '/_part/me',
    cart: '/_part/cart',
    orders: '/_part/orders',
};

// Lists are shown without the envelope that pages through them.
function contentOf(value) {
    return value !== null && Array.isArray(value.data) ? value.data : value;
}

async function assemble(r) {
    if (parts.refuseOtherMethods(r)) {
        return;
    }
    const asked = Object.assign({}, forEverybody, r.headersIn['Authorization'] ? forOne : {});
    const gathered = await parts.gather(r, asked);
    // No outage, which a client could only wait for: it has to bring another token.
    if (Object.keys(forOne).some((name) => gathered.statuses[name] === 401)) {
        r.return(401);
        return;
    }
    const body = {};
    Object.keys(forEverybody).concat(Object.keys(forOne)).forEach((name) => {
        body[name] = name in asked ? contentOf(gathered.values[name]) : null;
    });
    body.degraded = gathered.failed;
    if (gathered.stale) {
        r.headersOut['Cache-Status'] = 'gateway; hit; detail=stale';
    }
    parts.send(r, body);
}

export default { assemble };
