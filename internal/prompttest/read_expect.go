package prompttest

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/source"
)

// takesStep are the subjects that belong to a step and may name it behind an @.
func takesStep(s Subject) bool {
	switch s {
	case Prompt, Response, Error, Output, Usage, Cost, Attempts, Latency:
		return true
	}
	return false
}

// isEffect tells whether a subject counts what actions did.
func isEffect(s Subject) bool {
	switch s {
	case Task, Notification, Email, Created, Associated:
		return true
	}
	return false
}

// usageMembers are the parts of usage, as files name them.
func usageMembers() []string {
	return []string{"input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"}
}

// effectChecks are the keys under an effect that look at how many there are; all others are parts of it.
func effectChecks() []string { return []string{"count", "exists", "not"} }

// expectations reads the list under each: or expect:.
func (r *testReader) expectations(f *source.Fields, key string) []*Expectation {
	n := f.Node.Get(key)
	f.Known(key)
	switch {
	case n == nil:
		return nil
	case n.Kind == source.Null || n.Kind == source.Array && len(n.Items) == 0:
		r.Errorf(n.Pos, "nothing_expected", "begin each expectation with a dash: - response: CA", "%s is empty", key)
		return nil
	case n.Kind != source.Array:
		r.Errorf(n.Pos, "wrong_type", "begin each expectation with a dash: - response: CA", "%s must be a list of expectations, but here stands %s", key, n.Kind)
		return nil
	}
	var out []*Expectation
	for _, it := range n.Items {
		switch {
		case it.Kind == source.Null || it.Kind == source.Object && len(it.Members) == 0:
			r.Errorf(it.Pos, "nothing_expected", "write a subject and what it must be: response: CA", "this entry of %s expects nothing", key)
		case it.Kind != source.Object:
			r.Errorf(it.Pos, "wrong_type", "write a subject and what it must be: response: CA", "an expectation must be an object, but here stands %s", it.Kind)
		}
		for i := range it.Members {
			out = append(out, r.subject(&it.Members[i])...)
		}
	}
	return out
}

// subject reads one key of an expectation and what stands behind it. A key with members makes one expectation for each.
func (r *testReader) subject(m *source.Member) []*Expectation {
	name, step, at := strings.Cut(m.Key, "@")
	e := Expectation{Subject: Subject(name), Step: step, Node: m.Value, Pos: m.KeyPos}
	if !r.usable(&e, at) {
		return nil
	}
	object := m.Value.Kind == source.Object
	switch {
	case e.Subject == Property || e.Subject == Output:
		return r.members(e, m.Value, nil)
	case isEffect(e.Subject) && object:
		checks := effectChecks()
		return r.members(e, m.Value, func(key string) bool { return slices.Contains(checks, key) })
	case e.Subject == Usage && object:
		members := usageMembers()
		return r.members(e, m.Value, func(key string) bool { return !slices.Contains(members, key) })
	}
	return []*Expectation{&e}
}

// usable refuses what is no subject, a step where none can stand, and subjects of which nothing is expected. at tells that
// there was an @.
func (r *testReader) usable(e *Expectation, at bool) bool {
	name := string(e.Subject)
	switch {
	case !slices.Contains(Subjects, e.Subject):
		r.unknownSubject(e.Pos, name)
	case at && !takesStep(e.Subject):
		var names []string
		for _, s := range Subjects {
			if takesStep(s) {
				names = append(names, string(s))
			}
		}
		r.Errorf(e.Pos, "takes_no_step", "a step can stand behind "+strings.Join(names, ", "), "%s belongs to no step", name)
	case at && e.Step == "":
		r.Errorf(e.Pos, "name_the_step", fmt.Sprintf("write %s@STEP, with the step's name or id", name), "behind the @ stands no step")
	case e.Node.Kind == source.Null:
		r.Errorf(e.Pos, "nothing_expected", `write "" for empty text`, "nothing is expected of %s", name)
	case e.Node.Kind == source.Object && len(e.Node.Members) == 0:
		r.Errorf(e.Node.Pos, "nothing_expected", "write a value, or checks: {contains: …}", "nothing is expected of %s", name)
	default:
		return true
	}
	return false
}

func (r *testReader) unknownSubject(pos source.Pos, name string) {
	names := make([]string, len(Subjects))
	for i, s := range Subjects {
		names[i] = string(s)
	}
	hint := "the subjects are " + strings.Join(names, ", ")
	if near := source.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	r.Errorf(pos, "unknown_subject", hint, "there is no subject %s", quote(name))
}

// members makes an expectation of each member of an object, and one of all keys that are checks of the subject itself; isCheck
// is nil where every key is a member.
func (r *testReader) members(e Expectation, n *source.Node, isCheck func(key string) bool) []*Expectation {
	if n.Kind != source.Object {
		r.Errorf(n.Pos, "wrong_type", fmt.Sprintf("write %s: {NAME: VALUE}", e.Subject), "%s must name what is looked at, but here stands %s", e.Subject, n.Kind)
		return nil
	}
	var out []*Expectation
	own := &source.Node{Kind: source.Object, Pos: n.Pos}
	for _, m := range n.Members {
		if isCheck != nil && isCheck(m.Key) {
			own.Members = append(own.Members, m)
			continue
		}
		part := e
		part.Member, part.Node, part.Pos = m.Key, m.Value, m.KeyPos
		switch {
		case m.Value.Kind == source.Null || m.Value.Kind == source.Object && len(m.Value.Members) == 0:
			r.Errorf(m.KeyPos, "nothing_expected", `write "" for empty text`, "nothing is expected of %s %s", e.Subject, m.Key)
			continue
		case e.Subject == Output && e.Step == "":
			step, output, found := strings.Cut(m.Key, ".")
			if !found || step == "" || output == "" {
				r.Errorf(m.KeyPos, "name_the_step", fmt.Sprintf("write output@STEP: {%s: …}", m.Key), "which step's output %s is looked at is not said", quote(m.Key))
				continue
			}
			part.Step, part.Member = step, output
		}
		out = append(out, &part)
	}
	if len(own.Members) > 0 {
		e.Node = own
		out = append([]*Expectation{&e}, out...)
	}
	return out
}
