package inspect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/widget"
)

// teller writes effects for people.
type teller struct {
	th    *theme.Theme
	users map[string]string // by user id
	owner map[string]string // by owner id
	zone  *time.Location
}

// effects are what the step's action did.
func (t tabOf) effects(d *doc, s *run.Step) {
	all := t.row.didBy(s.ActionID)
	tell := teller{t.th, t.row.users, t.row.owner, t.row.zone}
	if visits := all.visits; visits > 1 {
		d.Line(t.th.Faint, fmt.Sprintf("The record came here %d times; this is what all visits did.", visits))
		d.Newline()
	}
	for i, e := range all.effects {
		if i > 0 {
			d.Newline()
		}
		tell.effect(d, e, "", t.th.Text)
	}
}

// Effect writes one effect that a record had: what it is, and its texts below. People and times are named as the portal does.
func Effect(d *widget.Doc, portal *service.Portal, e *run.Effect) {
	users, owners := people(portal.Users)
	tell := teller{d.Theme, users, owners, portal.Zone()}
	tell.effect(&doc{d}, e, "", d.Theme.Text)
}

// effect writes one effect: what it is on the first line, behind a sign if there is one, its texts below.
func (t teller) effect(d *doc, e *run.Effect, sign string, style lipgloss.Style) {
	head := func(what, about string) {
		d.Put(style, sign)
		d.Put(t.th.Strong, what)
		if about != "" {
			d.Put(t.th.Faint, "  "+about)
		}
		d.Newline()
	}
	switch e.Type {
	case run.EffectProperty:
		head("Set "+e.Property, strings.TrimSpace(e.ObjectType+" "+e.RecordID))
		t.change(d, e)
	case run.EffectNotification:
		head("Notification", "to "+t.receivers(e))
		t.message(d, e)
	case run.EffectEmail:
		head("Internal email", "to "+t.receivers(e))
		t.message(d, e)
	case run.EffectTask:
		head("Task", e.RecordID)
		t.properties(d, e)
	case run.EffectAssociation:
		head("Association", strings.TrimSpace(e.ObjectType+" "+e.RecordID))
		t.properties(d, e)
	case run.EffectRecord:
		head("New "+e.ObjectType, e.RecordID)
		t.properties(d, e)
	default:
		head(string(e.Type), strings.TrimSpace(e.ObjectType+" "+e.RecordID))
		t.properties(d, e)
	}
}

// change is a property before and after.
func (t teller) change(d *doc, e *run.Effect) {
	from, to := valueOf(e.From), valueOf(e.To)
	if len(from)+len(to) < 48 && !strings.ContainsAny(from+to, "\r\n") {
		d.Text("  ")
		d.Put(t.th.Faint, from)
		d.Put(t.th.Faint, " → ")
		d.Line(t.th.Value, to)
		return
	}
	d.field("before", from, t.th.Faint)
	d.field("after", to, t.th.Value)
}

func valueOf(s *string) string {
	if s == nil || *s == "" {
		return "(empty)"
	}
	return *s
}

func (t teller) message(d *doc, e *run.Effect) {
	d.field("subject", valueOf(e.Subject), t.th.Value)
	d.field("text", valueOf(e.Body), t.th.Text)
}

// receivers are the users and teams that a message goes to.
func (t teller) receivers(e *run.Effect) string {
	var out []string
	for _, id := range e.UserIDs {
		out = append(out, named(id, t.users))
	}
	for _, id := range e.TeamIDs {
		out = append(out, "team "+id)
	}
	if len(out) == 0 {
		return "nobody"
	}
	return strings.Join(out, ", ")
}

// properties are what a created record holds, its subject and text first, and what it belongs to.
func (t teller) properties(d *doc, e *run.Effect) {
	keys := sortedKeys(e.Properties)
	rank := func(k string) int {
		return slices.Index([]string{"hs_task_subject", "hs_task_body", "hs_timestamp", "hubspot_owner_id"}, k)
	}
	slices.SortStableFunc(keys, func(a, b string) int {
		ra, rb := rank(a), rank(b)
		if ra < 0 && rb < 0 || ra >= 0 && rb >= 0 {
			return ra - rb
		}
		return rb - ra
	})
	for _, k := range keys {
		label, value := k, e.Properties[k]
		switch k {
		case "hs_timestamp":
			label, value = "due", t.due(value)
		case "hubspot_owner_id":
			label, value = "owner", named(value, t.owner)
		case "hs_task_body":
			label = "text"
		default:
			if e.Type == run.EffectTask {
				label = strings.TrimPrefix(k, "hs_task_")
			}
		}
		d.field(label, orEmpty(value), t.th.Text)
	}
	for _, a := range e.Associations {
		d.field("belongs to", a.ObjectType+" "+a.RecordID, t.th.Text)
	}
}

// due is a task's due time for people; what is no time stays as it is.
func (t teller) due(s string) string {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || t.zone == nil {
		return s
	}
	return at.In(t.zone).Format("Mon 2006-01-02 15:04 MST")
}

// effectInShort is an effect in a few words, for a column.
func effectInShort(e *run.Effect) string {
	switch e.Type {
	case run.EffectProperty:
		return e.Property + " = " + valueOf(e.To)
	case run.EffectNotification, run.EffectEmail:
		return valueOf(e.Subject)
	case run.EffectTask:
		return orEmpty(e.Properties["hs_task_subject"])
	}
	return strings.TrimSpace(e.ObjectType + " " + e.RecordID)
}
