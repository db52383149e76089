package prompttest

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/expect"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Parts of effects, as files name them.
const (
	partUsers      = "users"
	partTeams      = "teams"
	partSubject    = "subject"
	partBody       = "body"
	partObjectType = "object_type"
	partRecord     = "record"
)

// taskParts are the short names of a task's properties.
func taskParts() [][2]string {
	return [][2]string{{partSubject, "hs_task_subject"}, {partBody, "hs_task_body"}, {"type", "hs_task_type"}, {"priority", "hs_task_priority"},
		{"owner", "hubspot_owner_id"}, {"due", "hs_timestamp"}}
}

// effectOf is the type of a subject's effects, and how messages say that there is none. It makes no text: it is called for
// every record.
func effectOf(s Subject) (t run.EffectType, none string) {
	switch s {
	case Task:
		return run.EffectTask, "no task was created"
	case Notification:
		return run.EffectNotification, "no notification was sent"
	case Email:
		return run.EffectEmail, "no internal email was sent"
	case Created:
		return run.EffectRecord, "no record was created"
	default:
		return run.EffectAssociation, "nothing was associated"
	}
}

// effects resolves what is expected of effects: how many there are, or a part of them.
func (c *compiler) effects(e *Expectation, p *probe) (expect.Domain, bool) {
	makers := c.makers(e.Subject)
	d := expect.Domain{Kind: expect.KindEffects}
	ok := true
	_, none := effectOf(e.Subject)
	if p.value = (*scoring).effectCount; e.Member != "" {
		p.value = (*scoring).effectPart
		d, ok = c.part(e, p, makers)
		d.Several = len(makers) > 1 || e.Subject == Associated || slices.ContainsFunc(makers, c.loops)
	}
	switch {
	case !ok:
		return d, false
	case len(makers) == 0 && expectsNone(e.Node):
		c.Warnf(e.Pos, "never_made", "take it out, or add the action to the workflow", "%[2]s, whatever happens: the workflow %[1]s has no action for it", quote(c.env.Flow.Name), none)
	case len(makers) == 0:
		code := "never_holds"
		if e.Member == "" && holdsForNone(e.Node) {
			code = "never_fails"
		}
		c.Errorf(e.Pos, code, "", "%[2]s, whatever happens: the workflow %[1]s has no action for it", quote(c.env.Flow.Name), none)
		return d, false
	case e.Member == "":
		d.Least = new(float64)
		if most, bounded := c.mostMade(e.Subject, makers); bounded {
			d.Most = &most
		}
	}
	return d, true
}

// expectsNone tells whether a check wants nothing to be there: count: 0, exists: false.
func expectsNone(n *source.Node) bool {
	if n.Kind != source.Object {
		return false
	}
	for _, m := range n.Members {
		count := m.Value
		if most := count.Get("max"); most != nil && len(count.Members) == 1 {
			count = most
		}
		if (m.Key != "count" || count.Text != "0") && (m.Key != "exists" || count.Text != "false") {
			return false
		}
	}
	return true
}

// makers are the actions that make a subject's effects. What is created is associated, too.
func (c *compiler) makers(s Subject) []*flow.Action {
	var types []string
	switch s {
	case Task:
		types = []string{flow.TypeCreateTask}
	case Notification:
		types = []string{flow.TypeNotification}
	case Email:
		types = []string{flow.TypeInternalEmail}
	case Created:
		types = []string{flow.TypeCreateRecord}
	default:
		types = []string{flow.TypeCreateTask, flow.TypeCreateRecord}
	}
	var out []*flow.Action
	for _, a := range c.env.Flow.Actions {
		if a.Type == flow.SingleConnection && slices.Contains(types, a.TypeID) {
			out = append(out, a)
		}
	}
	return out
}

// part resolves a part of an effect, and what is known of its values.
func (c *compiler) part(e *Expectation, p *probe, makers []*flow.Action) (expect.Domain, bool) {
	switch e.Subject {
	case Task:
		ok := c.taskPart(e, p)
		return c.taskDomain(p.member, makers), ok
	case Created:
		return c.recordPart(e, makers)
	case Associated:
		d := expect.Domain{Optional: true}
		if e.Member == partObjectType {
			d.Words = c.associatedTypes(makers)
		}
		return d, c.oneOf(e, partObjectType, partRecord)
	}
	if !c.oneOf(e, partSubject, partBody, partUsers, partTeams) {
		return expect.Domain{}, false
	}
	switch e.Member {
	case partUsers:
		return c.recipients(), true
	case partTeams:
		return expect.Domain{Kind: expect.KindList}, true
	}
	return expect.Domain{Multiline: true}, true
}

// oneOf refuses parts that a subject has not.
func (c *compiler) oneOf(e *Expectation, parts ...string) bool {
	if slices.Contains(parts, e.Member) {
		return true
	}
	c.unknownMember(e, append(effectChecks()[:2], parts...))
	return false
}

func (c *compiler) unknownMember(e *Expectation, parts []string) {
	c.Errorf(e.Pos, "unknown_member", c.among(e.Member, "it has ", parts), "%s has no part %s", e.Subject, quote(e.Member))
}

func (c *compiler) taskPart(e *Expectation, p *probe) bool {
	names := effectChecks()[:2]
	for _, part := range taskParts() {
		if e.Member == part[0] || e.Member == part[1] {
			p.member = part[1]
			return true
		}
		names = append(names, part[0])
	}
	schema := c.env.Schema.Of("task")
	if _, known := schema.Get(e.Member); known || strings.HasPrefix(e.Member, "hs_") && len(schema.Names()) == 0 {
		return true
	}
	if strings.HasPrefix(e.Member, "hs_") {
		names = append(names, schema.Names()...)
	}
	c.unknownMember(e, names)
	return false
}

// recordPart takes object_type and the properties of what the workflow's actions create.
func (c *compiler) recordPart(e *Expectation, makers []*flow.Action) (expect.Domain, bool) {
	var types []string
	for _, a := range makers {
		n := a.Field("object_type_id")
		if !n.IsScalar() {
			continue
		}
		if t, ok := hubspot.LookupObjectType(n.Text); ok && !slices.Contains(types, t.Name) {
			types = append(types, t.Name)
		}
	}
	if e.Member == partObjectType {
		return expect.Domain{Words: types, Optional: true}, true // to expect it says that a record was created
	}
	names := append(effectChecks()[:2], partObjectType)
	for _, t := range types {
		schema := c.env.Schema.Of(t)
		all := schema.Names()
		if property, has := schema.Get(e.Member); has || len(all) == 0 {
			return optionsOf(property), true
		}
		names = append(names, all...)
	}
	if len(makers) > 0 {
		c.unknownMember(e, names)
		return expect.Domain{}, false
	}
	return expect.Domain{Multiline: true}, true
}

// recipients takes users by id, name or email.
func (c *compiler) recipients() expect.Domain {
	d := expect.Domain{Kind: expect.KindList, Distinct: true}
	if len(c.env.Users) == 0 {
		return d
	}
	users := c.env.Users
	var ids, emails []string
	for _, u := range users {
		ids = append(ids, u.ID)
		if u.Email != "" {
			emails = append(emails, u.Email)
		}
		if u.Name != "" {
			d.Names, d.Listed = append(d.Names, u.Name), append(d.Listed, u.Name)
		} else {
			d.Listed = append(d.Listed, u.ID)
		}
	}
	d.Names = append(append(d.Names, emails...), ids...)
	d.Canon = func(item string) (string, bool) {
		for i := range users {
			if users[i].ID == item {
				return item, true
			}
		}
		for i := range users {
			if u := &users[i]; item != "" && (strings.EqualFold(u.Email, item) || u.Name == item) {
				return u.ID, true
			}
		}
		return "", false
	}
	return d
}

func (sc *scoring) effectCount(p *probe, v *expect.Value) {
	if p.subject == Associated {
		sc.associations(func(*hubspot.Association) { v.Count++ })
	} else {
		t, _ := effectOf(p.subject)
		for i := range sc.row.Effects {
			if sc.row.Effects[i].Type == t {
				v.Count++
			}
		}
	}
	if v.Count == 0 {
		sc.gone = sc.nothing(p)
	}
}

// nothing says that there is no effect of a subject.
func (sc *scoring) nothing(p *probe) string {
	_, none := effectOf(p.subject)
	if !sc.enrolled {
		return none + ": " + sc.notEnrolled()
	}
	return none
}

// associations calls fn with whatever records were associated with, those that came with a created task or record included.
func (sc *scoring) associations(fn func(*hubspot.Association)) {
	for i := range sc.row.Effects {
		e := &sc.row.Effects[i]
		if e.Type != run.EffectTask && e.Type != run.EffectRecord && e.Type != run.EffectAssociation {
			continue
		}
		for j := range e.Associations {
			fn(&e.Associations[j])
		}
	}
}

// effectPart is a part of an effect: one value, or several when there are several effects.
func (sc *scoring) effectPart(p *probe, v *expect.Value) {
	sc.several = sc.several[:0]
	if p.subject == Associated {
		sc.associations(func(a *hubspot.Association) {
			part := expect.Value{Text: a.ObjectType}
			if p.member == partRecord {
				part.Text = a.RecordID
			}
			sc.several = append(sc.several, part)
		})
	} else {
		t, _ := effectOf(p.subject)
		for i := range sc.row.Effects {
			if e := &sc.row.Effects[i]; e.Type == t {
				sc.several = append(sc.several, partOf(p, e))
				sc.display = sc.called(e.ActionID)
			}
		}
	}
	switch len(sc.several) {
	case 0:
		v.Missing = sc.nothing(p)
	case 1:
		*v = sc.several[0]
	default:
		v.Several, sc.display = sc.several, ""
	}
}

// partOf reads a part of one effect.
func partOf(p *probe, e *run.Effect) expect.Value {
	v := expect.Value{Kind: p.kind}
	switch {
	case p.kind == expect.KindList && p.member == partTeams:
		v.List = e.TeamIDs
	case p.kind == expect.KindList:
		v.List = e.UserIDs
	case p.subject == Created && p.member == partObjectType:
		v.Text = e.ObjectType
	case e.Type == run.EffectTask || e.Type == run.EffectRecord:
		text, ok := e.Properties[p.member]
		if v.Text = text; !ok {
			v.Missing = fmt.Sprintf("the %s has no %s", p.subject, p.member)
		}
	default:
		text := e.Subject
		if p.member == partBody {
			text = e.Body
		}
		if text == nil {
			v.Missing = fmt.Sprintf("the %s has no %s", p.subject, p.member)
		} else {
			v.Text = *text
		}
	}
	return v
}
