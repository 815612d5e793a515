// GET /readyz: how the services are, asked in parallel at their health ports.

const services = ['user', 'catalog', 'order', 'payment'];

async function report(r) {
    const answers = await Promise.all(services.map((name) => r.subrequest(`/_ready/${name}`)));
    const states = {};
    let up = 0;
    services.forEach((name, i) => {
        const ok = answers[i].status === 200;
        states[name] = ok ? 'ok' : 'down';
        up += ok ? 1 : 0;
    });

    r.headersOut['Content-Type'] = 'application/json';
    r.return(up > 0 ? 200 : 503, JSON.stringify({
        status: up === services.length ? 'ok' : 'degraded',
        services: states,
    }));
}

export default { report };
