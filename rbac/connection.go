package rbac

// Connection judges a login. The identity is what the client claims: the server has not answered yet.
func (e *Engine) Connection(id Identity) Decision {
	d := e.login(&id, false)
	if with := e.login(&id, true); with.Allow != d.Allow {
		d.Shadow = with.Rule
	}
	return d
}

// login decides by the real rules, or by the shadow ones as well.
func (e *Engine) login(id *Identity, shadows bool) Decision {
	d := Decision{Login: true, Allow: e.connections == Allow, Reason: ByDefault}
	for _, r := range e.rules[:e.logins] {
		if r.spec.Shadow && !shadows || !r.who.holds(id) {
			continue
		}
		if r.spec.Effect == Deny {
			return Decision{Login: true, Rule: r.id, Reason: ByWhole}
		}
		if d.Rule == 0 {
			d.Allow, d.Rule, d.Reason = true, r.id, ByWhole
		}
	}
	return d
}
