package builder

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/source"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// mostOptions is how many options of a property are shown as switches; of longer ones the values are typed.
const mostOptions = 30

// typed is a value as a file would hold it.
func typed(s string) *source.Node {
	if source.ValidNumber(s) {
		return source.NewNumber(s, source.Pos{})
	}
	return source.NewString(s, source.Pos{})
}

func (t *triggers) column(name string) (hubspot.Property, bool) {
	for _, p := range t.columns {
		if p.Name == name {
			return p, true
		}
	}
	return hubspot.Property{}, false
}

// condition asks for the operator and the values of a condition.
func (t *triggers) condition(c condition, back func() tea.Cmd, do func(condition) tea.Cmd) ui.Dialog {
	if c.property == "" {
		return leaving(dialog.Input(t.env, dialog.InputOptions{Title: operatorWords(c.operator), Label: "Id of the list", Value: c.values[0].Text, Check: filled("The list needs its id."),
			Do: func(id string) tea.Cmd {
				c.values = []*source.Node{typed(strings.TrimSpace(id))}
				return do(c)
			}}), back)
	}
	p, known := t.column(c.property)
	fields := []dialog.Field{operatorField(c, operatorsFor(p, known))}
	fields = append(fields, valueFields(c, p, known)...)
	fields = append(fields, dialog.Field{ID: "or_unknown", Label: "Or without a value", Kind: dialog.KindBool, Value: fmt.Sprint(c.orUnknown), Hint: "Records without a value pass, too.", Disabled: valueless})
	title := c.property
	if p.Label != "" && p.Label != p.Name {
		title = p.Label + " (" + p.Name + ")"
	}
	return leaving(dialog.Form(t.env, dialog.FormOptions{Title: title, Fields: fields, Do: func(v map[string]string) tea.Cmd {
		c.operator = v["operator"]
		c.values, c.list, c.orUnknown = nil, false, v["or_unknown"] == "true"
		if !bare(c.operator) {
			c.values = valuesOf(v, p, c.operator)
			c.list = len(c.values) > 1 || c.operator == "any_of" || c.operator == "none_of"
			if len(c.values) == 0 {
				return tea.Batch(ui.Open(t.condition(c, back, do)), ui.Fail(errors.New("“"+operatorWords(c.operator)+"” needs a value: choose at least one")))
			}
		}
		return do(c)
	}}), back)
}

func valueless(v map[string]string) string {
	if bare(v["operator"]) {
		return "“" + operatorWords(v["operator"]) + "” takes no value."
	}
	return ""
}

func operatorField(c condition, fitting []string) dialog.Field {
	if c.operator != "" && !slices.Contains(fitting, c.operator) {
		fitting = append(fitting, c.operator)
	}
	options := make([]dialog.Choice, len(fitting))
	for i, o := range fitting {
		options[i] = dialog.Choice{ID: o, Title: operatorWords(o)}
	}
	return dialog.Field{ID: "operator", Label: "Condition", Kind: dialog.KindChoice, Value: c.operator, Options: options}
}

// switched tells that the property's values are shown as switches.
func switched(p hubspot.Property) bool {
	return p.Type == hubspot.TypeEnumeration && len(p.Options) > 0 && len(p.Options) <= mostOptions
}

// valueFields are a switch for each option of a choice, or a text.
func valueFields(c condition, p hubspot.Property, known bool) []dialog.Field {
	now := make([]string, len(c.values))
	for i, v := range c.values {
		now[i] = v.Text
	}
	if p.Type == hubspot.TypeBool {
		value := "true"
		if len(now) > 0 {
			value = now[0]
		}
		return []dialog.Field{{ID: "value", Label: "Value", Kind: dialog.KindChoice, Value: value, Options: []dialog.Choice{{ID: "true", Title: "true"}, {ID: "false", Title: "false"}}, Disabled: valueless}}
	}
	if !switched(p) {
		return []dialog.Field{{ID: "values", Label: "Values, one a line", Kind: dialog.KindArea, Value: strings.Join(now, "\n"), Hint: valueHint(p), Disabled: valueless, Check: valueCheck(p, known)}}
	}
	var out []dialog.Field
	for i, o := range p.Options {
		label := o.Label
		if label == "" {
			label = o.Value
		}
		if label != o.Value {
			label += " (" + o.Value + ")"
		}
		out = append(out, dialog.Field{ID: fmt.Sprintf("option%d", i), Label: label, Kind: dialog.KindBool, Value: fmt.Sprint(slices.Contains(now, o.Value)), Disabled: valueless})
	}
	for _, v := range now { // values that are no option stay
		if !slices.ContainsFunc(p.Options, func(o hubspot.Option) bool { return o.Value == v }) {
			out = append(out, dialog.Field{ID: "other " + v, Label: v + " (no option of this property)", Kind: dialog.KindBool, Value: "true", Disabled: valueless})
		}
	}
	return out
}

func valueHint(p hubspot.Property) string {
	switch p.Type {
	case hubspot.TypeNumber:
		return "A number. For “is between” the lower one first, then the upper one."
	case hubspot.TypeDate, hubspot.TypeDatetime:
		return "A date such as 2026-02-01, or 2026-02-01T09:00. For “is between” two."
	}
	if len(p.Options) > 0 {
		names := make([]string, 0, 6)
		for _, o := range p.Options[:min(5, len(p.Options))] {
			names = append(names, o.Value)
		}
		return "For example " + strings.Join(names, ", ") + "."
	}
	return "Any of them is enough."
}

func valueCheck(p hubspot.Property, known bool) func(string) error {
	return func(s string) error {
		lines := linesOf(s)
		if len(lines) == 0 {
			return errors.New("a value is missing: write it here")
		}
		for _, l := range lines {
			switch {
			case !known:
			case p.Type == hubspot.TypeNumber && !source.ValidNumber(l):
				return fmt.Errorf("%q is no number", l)
			case p.Type == hubspot.TypeDate || p.Type == hubspot.TypeDatetime:
				if !isDate(l) {
					return fmt.Errorf("%q is no date: write 2026-02-01 or 2026-02-01T09:00", l)
				}
			}
		}
		return nil
	}
}

func isDate(s string) bool {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

func linesOf(s string) []string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// valuesOf are the values that were given.
func valuesOf(v map[string]string, p hubspot.Property, operator string) []*source.Node {
	var out []*source.Node
	switch {
	case p.Type == hubspot.TypeBool:
		return []*source.Node{source.NewBool(v["value"] == "true", source.Pos{})}
	case switched(p):
		for i, o := range p.Options {
			if v[fmt.Sprintf("option%d", i)] == "true" {
				out = append(out, source.NewString(o.Value, source.Pos{}))
			}
		}
		for _, id := range slices.Sorted(maps.Keys(v)) {
			if other, is := strings.CutPrefix(id, "other "); is && v[id] == "true" {
				out = append(out, source.NewString(other, source.Pos{}))
			}
		}
		return out
	}
	number := p.Type == hubspot.TypeNumber || p.Type == "" && slices.Contains([]string{"gt", "gte", "lt", "lte", "between"}, operator)
	for _, l := range linesOf(v["values"]) {
		if number {
			out = append(out, typed(l))
			continue
		}
		out = append(out, source.NewString(l, source.Pos{}))
	}
	return out
}
