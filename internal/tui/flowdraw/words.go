package flowdraw

import (
	"fmt"
	"strconv"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// most is how much of a text a summary looks at, in bytes.
const most = 300

// Summary says in a line what an action does. It holds data as it stands in the file: the caller makes it safe. names gives
// an assistant's name by its id and may be nil; nil kinds are those of a portal without settings.
func Summary(a *flow.Action, kinds *flow.Kinds, names func(string) string) string {
	if a == nil {
		return ""
	}
	if kinds == nil {
		kinds = flow.NewKinds(flow.DefaultOpenAIAction())
	}
	return describer{nil, kinds, names}.action(a)
}

// describer knows what ids stand for.
type describer struct {
	flow  *flow.Flow // nil for none
	kinds *flow.Kinds
	names func(string) string
}

func (d describer) action(a *flow.Action) string {
	switch a.Type {
	case flow.ListBranchType:
		return count(len(a.ListBranches)+1, "arm") + ": " + armNames(a)
	case flow.StaticBranchType:
		return "on " + d.branchValue(a) + ": " + armNames(a)
	case flow.ABTestBranch:
		return split(a)
	case flow.CustomCodeType:
		return "not executed"
	case flow.WebhookType:
		if a.Webhook != nil {
			return short(a.Webhook.Method + " " + a.Webhook.URL)
		}
		return "not sent"
	}
	if d.kinds.IsOpenAI(a) {
		return d.asks(a)
	}
	return d.single(a)
}

func (d describer) asks(a *flow.Action) string {
	kinds, names := d.kinds, d.names
	id := scalar(a.Field(kinds.OpenAI.Assistant))
	name := id
	if names != nil {
		if n := names(id); n != "" {
			name = n
		}
	}
	if name == "" {
		name = "no assistant"
	}
	prompt := short(scalar(a.Field(kinds.OpenAI.Prompt)))
	if prompt == "" {
		return short(name) + " · no prompt"
	}
	return short(name) + " · " + prompt
}

// single says what the other actions with fields do.
func (d describer) single(a *flow.Action) string {
	switch a.TypeID {
	case flow.TypeSetProperty:
		return scalar(a.Field("property_name")) + " = " + d.value(a.Field("value"))
	case flow.TypeCreateTask:
		words := short(scalar(a.Field("subject")))
		if due := delayWords(a.Field("due_time")); due != "" {
			words += " · due in " + due
		}
		return words
	case flow.TypeNotification, flow.TypeInternalEmail:
		return "to " + receivers(a) + " · " + short(scalar(a.Field("subject")))
	case flow.TypeDelay:
		return "wait " + duration(scalar(a.Field("delta")), scalar(a.Field("time_unit")))
	case flow.TypeDelayUntil:
		return "until " + d.value(a.Field("date"))
	case flow.TypeCreateRecord:
		return created(a)
	}
	kind := d.kinds.Of(a)
	if !kind.Emulated && kind.WhyNot != "" {
		return "skipped: " + kind.WhyNot
	}
	return ""
}

func created(a *flow.Action) string {
	id := scalar(a.Field("object_type_id"))
	if t, ok := hubspot.LookupObjectType(id); ok {
		id = t.Name
	}
	words := "new " + short(id)
	if p := a.Field("properties"); p != nil && len(p.Items) > 0 {
		if len(p.Items) == 1 {
			return words + " with 1 property"
		}
		words += fmt.Sprintf(" with %d properties", len(p.Items))
	}
	return words
}

// receivers are who a message goes to.
func receivers(a *flow.Action) string {
	var parts []string
	for _, l := range [][2]string{{"user_ids", "user"}, {"team_ids", "team"}} {
		if ids := items(a.Field(l[0])); len(ids) > 0 {
			word := l[1]
			if len(ids) > 1 {
				word += "s"
			}
			parts = append(parts, word+" "+listed(ids, 3))
		}
	}
	for _, p := range items(a.Field("owner_properties")) {
		if p == "hubspot_owner_id" {
			p = "the owner"
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return "nobody"
	}
	return strings.Join(parts, ", ")
}

// items are the scalars of a list; one scalar is a list of itself.
func items(n *source.Node) []string {
	if n == nil {
		return nil
	}
	if n.IsScalar() {
		return []string{n.Text}
	}
	var out []string
	for _, i := range n.Items {
		if i.IsScalar() {
			out = append(out, i.Text)
		}
	}
	return out
}

// listed puts the first few of a list together and says how many there are more.
func listed(list []string, first int) string {
	more := ""
	if len(list) > first {
		more = fmt.Sprintf(", … %d more", len(list)-first)
		list = list[:first]
	}
	out := make([]string, len(list))
	for i, s := range list {
		if out[i] = short(s); s == "" {
			out[i] = "(empty)"
		}
	}
	return strings.Join(out, ", ") + more
}

func armNames(a *flow.Action) string {
	var names []string
	for _, b := range a.ListBranches {
		names = append(names, b.Name)
	}
	for _, b := range a.StaticBranches {
		names = append(names, b.Value)
	}
	return listed(append(names, a.DefaultArm()), 5)
}

func (d describer) branchValue(a *flow.Action) string {
	if a.Input == nil {
		return "nothing"
	}
	return d.value(a.Input.Node)
}

func split(a *flow.Action) string {
	parts := make([]string, 0, len(a.TestBranches))
	for i, b := range a.TestBranches {
		if b.Percentage < 0 {
			return count(len(a.TestBranches), "path") + ", equal"
		}
		parts = append(parts, fmt.Sprintf("%s %d %%", flow.TestArm(i), b.Percentage))
	}
	return strings.Join(parts, ", ")
}

// valueWords says in words where a value comes from.
func (d describer) value(v *source.Node) string {
	if v.IsScalar() {
		return short(v.Text)
	}
	get := func(key string) string { return short(scalar(v.Get(key))) }
	switch hubspot.ValueType(scalar(v.Get("type"))) {
	case hubspot.StaticValue, "":
		if text := get("staticValue"); text != "" {
			return text
		}
		return "(empty)"
	case hubspot.ObjectProperty:
		return "the property " + get("propertyName")
	case hubspot.FieldData:
		if get("dataKey") == flow.ExecutionState {
			return "the outcome of " + d.step(scalar(v.Get("actionId")))
		}
		return get("dataKey") + " of " + d.step(scalar(v.Get("actionId")))
	case hubspot.FetchedObjectProperty:
		return get("propertyToken")
	case hubspot.Timestamp:
		return "now"
	case hubspot.RelativeDatetime:
		return "in " + delayWords(v.Get("timeDelay"))
	case hubspot.Increment:
		return "itself + " + get("incrementAmount")
	case hubspot.StaticAppendValue:
		return "itself and " + get("staticAppendValue")
	case hubspot.AppendObjectProperty:
		return "itself and the property " + get("appendPropertyName")
	case hubspot.EnrollmentEventProperty:
		return get("enrollmentEventPropertyToken")
	}
	return "a value of type " + get("type")
}

// step is what an action goes by.
func (d describer) step(id string) string {
	if d.flow != nil {
		if a := d.flow.Action(id); a != nil && a.Name != "" {
			return short(a.Name)
		}
	}
	return "action " + short(id)
}

func delayWords(d *source.Node) string {
	return duration(scalar(d.Get("delta")), scalar(d.Get("timeUnit")))
}

// duration is an amount of time in words: minutes are days or hours where that is exact.
func duration(delta, unit string) string {
	n, err := strconv.Atoi(delta)
	if err != nil {
		return short(strings.TrimSpace(delta + " " + strings.ToLower(unit)))
	}
	if unit == "MINUTES" && n != 0 {
		switch {
		case n%1440 == 0:
			n, unit = n/1440, "DAYS"
		case n%60 == 0:
			n, unit = n/60, "HOURS"
		}
	}
	word := strings.ToLower(unit)
	if n == 1 {
		word = strings.TrimSuffix(word, "s")
	}
	return strings.TrimSpace(strconv.Itoa(n) + " " + short(word))
}

func scalar(n *source.Node) string {
	if n.IsScalar() {
		return n.Text
	}
	return ""
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// short is the beginning of a text on one line, quick however long it is.
func short(s string) string {
	cut := false
	if len(s) > most {
		s, cut = s[:most], true
	}
	s = strings.Join(strings.Fields(plain(s)), " ")
	if cut {
		s = strings.ToValidUTF8(s, "") + "…"
	}
	return s
}

// plain writes data tokens shorter: {firstname} for {{ enrolled_object.firstname }}.
func plain(s string) string {
	if !strings.Contains(s, "{{") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{{")
		inside, after, closed := strings.Cut(rest, "}}")
		b.WriteString(before)
		if !found || !closed {
			if found {
				b.WriteString("{{" + rest)
			}
			return b.String()
		}
		name := strings.TrimSpace(inside)
		for _, lead := range []string{"enrolled_object.", "fetched_objects.", "action_outputs."} {
			name = strings.TrimPrefix(name, lead)
		}
		b.WriteString("{" + name + "}")
		s = after
	}
}
