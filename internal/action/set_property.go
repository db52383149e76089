package action

import (
	"context"
	"fmt"
	"strings"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// setProperty sets a property of the enrolled record, or of all records associated with it one way.
type setProperty struct {
	env      *Env
	property string
	value    *evaluator
	toType   string // "" for the enrolled record
	kind     hubspot.AssociationType
}

func (c *compiler) setProperty() Runner {
	f := c.r.Object(c.action.Fields, "set property")
	a := &setProperty{env: c.env, property: f.Need("property_name")}
	n := c.action.Field("value")
	if n == nil {
		c.r.Errorf(c.action.Pos, "missing_key", "", `set property needs "value"`)
		return skipped{"the action has no value"}
	}
	a.value = c.value(hubspot.ReadValue(c.r, n, "value"))
	if as := c.action.Field("association"); as != nil && len(as.Members) > 0 {
		af := c.r.Object(as, "association")
		a.kind = hubspot.AssociationType{Category: af.String("associationCategory"), ID: af.Int("associationTypeId", 0)}
		to, ok := a.kind.LeadsTo(c.env.Flow.ObjectType().Name)
		if !ok { // an export may name a label of the portal, and only the portal knows where that leads
			return skipped{c.leadsNowhere(a.kind)}
		}
		a.toType = to
	}
	return a
}

func (a *setProperty) Run(_ context.Context, s *Scope) run.Outcome {
	targets := []*View{s.Record()}
	if a.toType != "" {
		if targets = s.Associated(a.toType, a.kind); len(targets) == 0 {
			return run.Outcome{State: run.Success, Reason: "no associated " + a.toType + " to edit"}
		}
	}
	out := run.Outcome{State: run.Success}
	for _, target := range targets {
		e, err := a.set(s, target)
		if err != nil {
			return failed(err)
		}
		out.Effects = append(out.Effects, e)
	}
	return out
}

func (a *setProperty) set(s *Scope, target *View) (run.Effect, *run.Error) {
	objectType := target.Record.ObjectType
	p, err := settable(a.env.Schema.Of(objectType), objectType, a.property)
	if err != nil {
		return run.Effect{}, err
	}
	to, err := a.value.assign(s, target, p)
	if err != nil {
		return run.Effect{}, err
	}
	if err := CheckValue(p, to); err != nil {
		return run.Effect{}, err
	}
	from := target.Get(a.property)
	return run.Effect{Type: run.EffectProperty, ObjectType: objectType, RecordID: target.Record.ID, Property: a.property, From: &from, To: &to}, nil
}

// settable finds a property that a workflow may set.
func settable(schema *hubspot.Properties, objectType, name string) (hubspot.Property, *run.Error) {
	p, known := schema.Get(name)
	switch {
	case !known:
		hint := ""
		if near := source.Nearest(name, schema.Names()); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return p, failf(CodeUnknownProp, hint, "a %s has no property %q", objectType, name)
	case p.ReadOnly:
		return p, failf(CodeReadOnly, "", "%s is kept by HubSpot itself and cannot be set", name)
	}
	return p, nil
}

// CheckValue tells whether HubSpot would take a value for a property. Empty always is: it clears the property.
func CheckValue(p hubspot.Property, v string) *run.Error {
	if v == "" {
		return nil
	}
	bad := func(want, hint string) *run.Error {
		return failf(CodeInvalidValue, hint, "%q is not valid for %s: %s", shorten(v, 60), p.Name, want)
	}
	switch p.Type {
	case hubspot.TypeNumber:
		if _, ok := parseNumber(v); !ok {
			return bad("a number was expected", "")
		}
	case hubspot.TypeBool:
		if v != "true" && v != "false" {
			return bad("true or false was expected", "")
		}
	case hubspot.TypeDate, hubspot.TypeDatetime:
		if _, ok := parseMoment(v, time.UTC); !ok {
			return bad("a date was expected", "write 2026-01-31, or with a time 2026-01-31T09:00:00Z")
		}
	case hubspot.TypeEnumeration:
		return checkOptions(p, v, bad)
	}
	return nil
}

func checkOptions(p hubspot.Property, v string, bad func(want, hint string) *run.Error) *run.Error {
	if len(p.Options) == 0 {
		return nil
	}
	parts := []string{v}
	if p.Multiple {
		parts = splitOptions(v)
	}
	for _, part := range parts {
		exact := false
		for _, o := range p.Options {
			exact = exact || o.Value == part
		}
		if exact {
			continue
		}
		values := make([]string, 0, 8)
		for _, o := range p.Options {
			if values = append(values, o.Value); len(values) == 8 && len(p.Options) > 8 {
				values = append(values, "…")
				break
			}
		}
		hint := ""
		if internal, ok := p.OptionValue(part); ok {
			hint = fmt.Sprintf("HubSpot takes the internal value %q here", internal)
		}
		return bad("its options are "+strings.Join(values, ", "), hint)
	}
	return nil
}

// shorten cuts text for a message at n characters.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
