// The moment to wait for a service that is just coming back, for auth_request.

function moment(r) {
    setTimeout(() => r.return(204), 400);
}

export default { moment };
