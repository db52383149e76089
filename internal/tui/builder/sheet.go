package builder

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
)

// sheet is the form of one kind of action.
type sheet struct {
	// kind is the action's name in the YAML form, title what HubSpot calls it.
	kind, title, detail string
	// fields are the form's, with these values in them; encode makes fields of the file of them.
	fields func(s *sheetData, v map[string]string) []dialog.Field
	encode func(s *sheetData, v map[string]string) []service.FieldValue
}

// sheetData is what a form is filled with.
type sheetData struct {
	*facts
	users []hubspot.User
}

// keep stands for a value that the form has no words for.
const keep = " keep"

// sheets are the kinds of actions that can be added, in the order in which they are offered.
func sheets() []sheet {
	return []sheet{
		{"ask_openai_assistant", "Ask OpenAI Assistant", "asks an assistant, and offers its response to later actions", askFields, askEncode},
		{"create_task", "Create task", "a task for an owner, associated with the record", taskFields, taskEncode},
		{"notify", "Send in-app notification", "to users and owners of the portal", messageFields, messageEncode},
		{"send_internal_email", "Send internal email notification", "to users and owners of the portal", messageFields, messageEncode},
		{"set_property", "Edit record", "sets a property, for example to the response", propertyFields, propertyEncode},
		{"branch_on", "Branch on outcome", "one way where an action succeeded, another where it failed", branchFields, branchEncode},
		{"delay", "Delay for a set amount of time", "waits before it goes on", delayFields, delayEncode},
		{"go_to", "Go to action", "goes on at another action", nil, nil},
		{"stop", "End", "ends the enrollment here", nil, nil},
	}
}

func sheetOf(kind string) (sheet, bool) {
	for _, s := range sheets() {
		if s.kind == kind {
			return s, true
		}
	}
	return sheet{}, false
}

func (s *sheetData) choices() []service.TokenChoice { return s.tokens }

func askFields(s *sheetData, v map[string]string) []dialog.Field {
	return []dialog.Field{
		{ID: "assistant", Label: "Assistant", Kind: dialog.KindChoice, Value: v["assistant"], Options: s.assistantChoices(v["assistant"]), Check: filled("Choose an assistant; the folder assistants/ holds them.")},
		{ID: "prompt", Label: "Prompt", Kind: dialog.KindArea, Value: v["prompt"], TokenSource: s.choices, Check: filled("A prompt is needed."), Hint: "Data tokens put the record's data and earlier outputs in."},
		{ID: "model", Label: "Model", Kind: dialog.KindChoice, Value: v["model"], Options: s.modelChoices(v["model"])},
		{ID: "reasoning_effort", Label: "Reasoning effort", Kind: dialog.KindChoice, Value: v["reasoning_effort"], Options: effortChoices(v["reasoning_effort"])},
		{ID: "temperature", Label: "Temperature", Value: v["temperature"], Check: checkTemperature, Hint: "0 to 2; empty is the assistant's own."},
	}
}

func askEncode(_ *sheetData, v map[string]string) []service.FieldValue {
	return plainFields(v, "assistant", "model", "temperature", "reasoning_effort", "prompt")
}

func plainFields(v map[string]string, names ...string) []service.FieldValue {
	out := make([]service.FieldValue, len(names))
	for i, n := range names {
		value := v[n]
		if n != "prompt" && n != "body" {
			value = strings.TrimSpace(value)
		}
		out[i] = service.FieldValue{Field: n, Value: value}
	}
	return out
}

func taskFields(s *sheetData, v map[string]string) []dialog.Field {
	owners := []dialog.Choice{{Title: "nobody"}, {ID: ownerOfRecord, Title: "the record's owner", Detail: "who hubspot_owner_id names"}}
	for _, u := range s.users {
		if u.OwnerID == "" {
			continue
		}
		c := dialog.Choice{ID: u.OwnerID, Title: called(u), Detail: "owner " + u.OwnerID}
		if u.Deactivated && v["owner"] != u.OwnerID {
			c.Disabled = called(u) + " is deactivated."
		}
		owners = append(owners, c)
	}
	if v["owner"] == keep {
		owners = append(owners, dialog.Choice{ID: keep, Title: "as it is", Detail: v["owner words"]})
	}
	priorities := []dialog.Choice{{Title: "none"}, {ID: "LOW", Title: "low"}, {ID: "MEDIUM", Title: "medium"}, {ID: "HIGH", Title: "high"}}
	types := []dialog.Choice{{ID: "TODO", Title: "to-do"}, {ID: "CALL", Title: "call"}, {ID: "EMAIL", Title: "email"}}
	return []dialog.Field{
		{ID: "subject", Label: "Title", Value: v["subject"], TokenSource: s.choices, Check: filled("A task needs a title.")},
		{ID: "body", Label: "Notes", Kind: dialog.KindArea, Value: v["body"], TokenSource: s.choices},
		{ID: "type", Label: "Type", Kind: dialog.KindChoice, Value: v["type"], Options: including(types, v["type"], "is not a type that is known here")},
		{ID: "priority", Label: "Priority", Kind: dialog.KindChoice, Value: v["priority"], Options: including(priorities, v["priority"], "is not a priority that is known here")},
		{ID: "owner", Label: "Assigned to", Kind: dialog.KindChoice, Value: v["owner"], Options: including(owners, v["owner"], "is no owner in portal.yaml")},
		{ID: "due", Label: "Due in", Value: v["due"], Check: checkSpan(true), Hint: "1d, 4h, 2w or 30m after the action; empty is without a date."},
	}
}

const ownerOfRecord = "record"

func called(u hubspot.User) string {
	switch {
	case u.Name != "":
		return u.Name
	case u.Email != "":
		return u.Email
	}
	return "user " + u.ID
}

func taskEncode(_ *sheetData, v map[string]string) []service.FieldValue {
	out := plainFields(v, "subject", "body")
	for _, usual := range [][2]string{{"type", "TODO"}, {"priority", "NONE"}} {
		value := v[usual[0]]
		if value == usual[1] {
			value = ""
		}
		out = append(out, service.FieldValue{Field: usual[0], Value: value})
	}
	switch owner := v["owner"]; owner {
	case keep:
	case ownerOfRecord:
		out = append(out, service.FieldValue{Field: "owner", Value: "{property: hubspot_owner_id}"})
	case "":
		out = append(out, service.FieldValue{Field: "owner"})
	default:
		out = append(out, service.FieldValue{Field: "owner", Value: asText(owner)})
	}
	return append(out, plainFields(v, "due")...)
}

// asText writes a text so that nothing else is read from it.
func asText(s string) string {
	if s == "" || strings.HasPrefix(strings.TrimSpace(s), "{{") {
		return s // taken as it is
	}
	out, err := json.Marshal(s)
	if err != nil {
		return `""` // text always has a form
	}
	return string(out)
}

var spans = regexp.MustCompile(`^([0-9]+(s|m|h|d|w|mo|y))+$`)

func checkSpan(empty bool) func(string) error {
	return func(s string) error {
		if s = strings.TrimSpace(s); s == "" && empty || spans.MatchString(s) {
			return nil
		}
		return errors.New("write a number and a unit, such as 30m, 4h, 2d or 1w")
	}
}

// mostUsers is how many users are shown as switches; of more their ids are typed.
const mostUsers = 40

func messageFields(s *sheetData, v map[string]string) []dialog.Field {
	out := []dialog.Field{
		{ID: "subject", Label: "Subject", Value: v["subject"], TokenSource: s.choices, Check: filled("A subject is needed.")},
		{ID: "body", Label: "Body", Kind: dialog.KindArea, Value: v["body"], TokenSource: s.choices, Check: filled("A body is needed.")},
		{ID: "owners", Label: "To owners: properties of the record", Value: v["owners"], Hint: "hubspot_owner_id is the record's owner. Several are separated by commas."},
	}
	chosen := listOf(v["users"])
	if len(s.users) > mostUsers {
		return append(out, dialog.Field{ID: "users", Label: "To users: their ids", Value: v["users"], Hint: "Ids from portal.yaml, separated by commas."})
	}
	for _, u := range s.users {
		id, on := u.ID, slices.Contains(chosen, u.ID)
		f := dialog.Field{ID: "user " + id, Label: "To " + called(u), Kind: dialog.KindBool, Value: strconv.FormatBool(on)}
		if u.Deactivated && !on {
			f.Disabled = func(map[string]string) string { return called(u) + " is deactivated and cannot be notified." }
		}
		out = append(out, f)
	}
	for _, id := range chosen {
		if !slices.ContainsFunc(s.users, func(u hubspot.User) bool { return u.ID == id }) {
			out = append(out, dialog.Field{ID: "user " + id, Label: "To user " + id + " (not in portal.yaml)", Kind: dialog.KindBool, Value: "true"})
		}
	}
	return out
}

func messageEncode(s *sheetData, v map[string]string) []service.FieldValue {
	users := v["users"]
	if len(s.users) <= mostUsers {
		var ids []string
		seen := map[string]bool{}
		for _, id := range listOf(users) { // those that were there keep their order
			if v["user "+id] == "true" {
				ids, seen[id] = append(ids, id), true
			}
		}
		for _, u := range s.users {
			if v["user "+u.ID] == "true" && !seen[u.ID] {
				ids = append(ids, u.ID)
			}
		}
		users = strings.Join(ids, ", ")
	}
	return append([]service.FieldValue{{Field: "users", Value: users}, {Field: "owner_properties", Value: strings.Join(listOf(v["owners"]), ", ")}}, plainFields(v, "subject", "body")...)
}

// Where the value of a property comes from.
const (
	fromText     = "text"
	fromOutput   = "output"
	fromProperty = "property"
	fromNow      = "now"
	fromClear    = "clear"
)

func propertyFields(s *sheetData, v map[string]string) []dialog.Field {
	sources := []dialog.Choice{{ID: fromText, Title: "a text", Detail: "with data tokens, if you like"}, {ID: fromOutput, Title: "an output of an earlier action", Detail: "for example the response"},
		{ID: fromProperty, Title: "another property of the record"}, {ID: fromNow, Title: "the time of the action"}, {ID: fromClear, Title: "nothing: clear it"}}
	if v["from"] == keep {
		sources = append(sources, dialog.Choice{ID: keep, Title: "as it is", Detail: v["value words"]})
	}
	only := func(source, otherwise string) func(map[string]string) string {
		return func(now map[string]string) string {
			if now["from"] != source {
				return otherwise
			}
			return ""
		}
	}
	return []dialog.Field{
		{ID: "property", Label: "Property", Kind: dialog.KindChoice, Value: v["property"], Options: s.columnChoices(v["property"], true)},
		{ID: "from", Label: "Set it to", Kind: dialog.KindChoice, Value: v["from"], Options: sources},
		{ID: "text", Label: "Text", Kind: dialog.KindArea, Value: v["text"], TokenSource: s.choices, Check: filled("The text is empty; to empty the property choose “nothing: clear it”."), Disabled: only(fromText, "Only for a text.")},
		{ID: "output", Label: "Output", Kind: dialog.KindChoice, Value: v["output"], Options: s.outputChoices(v["output"], false), Check: filled("No earlier action has an output here."), Disabled: only(fromOutput, "Only for an output.")},
		{ID: "other", Label: "Other property", Kind: dialog.KindChoice, Value: v["other"], Options: s.columnChoices(v["other"], false), Disabled: only(fromProperty, "Only for another property.")},
	}
}

func propertyEncode(_ *sheetData, v map[string]string) []service.FieldValue {
	value := ""
	switch v["from"] {
	case fromText:
		value = asText(v["text"])
	case fromOutput:
		value = "{output: " + quoted(v["output"]) + "}"
	case fromProperty:
		value = "{property: " + quoted(v["other"]) + "}"
	case fromNow:
		value = "{now: true}"
	case fromClear:
		value = "{clear: true}"
	case keep:
		return plainFields(v, "property")
	}
	return append(plainFields(v, "property"), service.FieldValue{Field: "value", Value: value})
}

func branchFields(s *sheetData, v map[string]string) []dialog.Field {
	return []dialog.Field{{ID: "on", Label: "On the outcome of", Kind: dialog.KindChoice, Value: v["on"], Options: s.outputChoices(v["on"], true), Check: filled("No earlier action can be branched on here."),
		Hint: "The arm SUCCESS is for records for which it succeeded, “None met” for all others."}}
}

func branchEncode(_ *sheetData, v map[string]string) []service.FieldValue {
	return []service.FieldValue{{Field: "branch_on", Value: "{output: " + quoted(v["on"]) + "}"}}
}

func delayFields(_ *sheetData, v map[string]string) []dialog.Field {
	return []dialog.Field{{ID: "delay", Label: "Wait for", Value: v["delay"], Check: checkSpan(false), Hint: "30m, 4h, 2d, 1w, 6mo or 1y."}}
}

func delayEncode(_ *sheetData, v map[string]string) []service.FieldValue {
	return plainFields(v, "delay")
}

var stepName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// nameField asks what a new action goes by.
func nameField(value string, used map[string]bool) dialog.Field {
	return dialog.Field{ID: "id", Label: "Name of the action", Value: value, Hint: "Later actions use its outputs by this name.", Check: func(s string) error {
		switch s = strings.TrimSpace(s); {
		case !stepName.MatchString(s):
			return errors.New("a name begins with a letter and holds letters, digits, _ and - only")
		case used[s]:
			return fmt.Errorf("another action is called %s already", s)
		}
		return nil
	}}
}
