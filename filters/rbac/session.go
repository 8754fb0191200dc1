package rbac

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// A session is what is kept for a session: the rules that matter to it, as long as it is who it was and the policy is the same.
type session struct {
	policy      *policy
	subject     *rbac.Subject
	user        string
	database    string
	application string
	admitted    bool // the connection was judged, and may be
}

func (f *Filter) session(s *filters.Session) *session {
	k, _ := s.Policy.(*session)
	if k == nil {
		k = &session{}
		s.Policy = k
	}
	p := f.policy.Load()
	user, database, application := s.Meta.Str(metadata.User), s.Meta.Str(metadata.Namespace), s.Meta.Str(metadata.Application)
	if k.policy != p || k.user != user || k.database != database || k.application != application {
		*k = session{p, p.subject(identity(s, metadata.User)), user, database, application, k.admitted}
	}
	return k
}

// verdict judges what x does. A verdict on a text holds for all who have the same rules and look for names in the same places.
func (k *session) verdict(x *filters.Exchange) *verdict {
	if x.Deed == nil {
		return k.decide(x)
	}
	if v, ok := x.Deed.Kept.Load().(*verdict); ok && v.subject == k.subject && v.path == x.Path {
		return v
	}
	v := *k.decide(x)
	v.subject, v.path = k.subject, x.Path
	x.Deed.Kept.Store(&v)
	return &v
}

func (k *session) decide(x *filters.Exchange) *verdict {
	d := k.subject.Decide(x.Effects, x.Path)
	for i := 0; i < len(x.Effects) && d.Allow; i++ {
		d = k.abroad(d, x, x.Effects[i].Accesses)
	}
	return k.policy.verdict(d, codecs.Denied)
}

// abroad goes on from d, which allows: where a key is in another database than the session's, as COPY and MOVE have them, what is done must be allowed there, too.
func (k *session) abroad(d rbac.Decision, x *filters.Exchange, accesses []metadata.Access) rbac.Decision {
	id := rbac.Identity{Database: k.database}
	for i := range accesses {
		a := &accesses[i]
		if a.Kind != metadata.KindKey || a.Schema == "" || a.Schema == k.database || a.Schema == id.Database {
			continue
		}
		id = identity(x.Session, metadata.User)
		id.Database = a.Schema
		if there := k.policy.subject(id).Decide(x.Effects, x.Path); !there.Allow {
			return there
		}
	}
	return d
}
