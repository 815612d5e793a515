// Asks several services at once and keeps what they answered. What fails is null and named: the
// rest is worth serving. (njs has neither for…of nor destructuring on any version Debian packages.)

// `parts` names each part and the internal location that answers it. `stale` tells whether one of
// them is an old copy, since its service could not be asked. Never rejects.
async function gather(r, parts) {
    const names = Object.keys(parts);
    const answers = await Promise.all(names.map((name) => r.subrequest(parts[name])));
    const gathered = { values: {}, statuses: {}, failed: [], stale: false };
    names.forEach((name, i) => {
        gathered.statuses[name] = answers[i].status;
        gathered.stale = gathered.stale || answers[i].variables.upstream_cache_status === 'STALE';
        gathered.values[name] = valueOf(answers[i]);
        if (gathered.values[name] === null) {
            gathered.failed.push(name);
        }
    });
    return gathered;
}

function valueOf(answer) {
    if (answer.status !== 200) {
        return null;
    }
    try {
        return JSON.parse(answer.responseText);
    } catch (e) {
        return null;
    }
}

function send(r, body) {
    r.headersOut['Content-Type'] = 'application/json';
    r.return(200, JSON.stringify(body));
}

// True if it was answered: these are read, and nothing else.
function refuseOtherMethods(r) {
    if (r.method === 'GET' || r.method === 'HEAD') {
        return false;
    }
    r.return(405);
    return true;
}

export default { gather, refuseOtherMethods, send };
