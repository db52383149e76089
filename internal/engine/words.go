package engine

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"askflow/internal/hubspot"
)

// Bounds of what a label says, in characters.
const (
	mostLabel = 240
	mostWord  = 60
)

// branchWords says in words what a branch wants: "state is known AND country is any of US, CA".
func branchWords(b *hubspot.FilterBranch) string {
	if words, ok := changeWords(b); ok && b.Type == "UNIFIED_EVENTS" {
		return words
	}
	parts := conditionWords(b)
	if len(parts) == 0 {
		parts = []string{"every record"}
	}
	joint := " AND "
	if b.Type == "OR" || b.Operator == "OR" && b.Type != "AND" {
		joint = " OR "
	}
	all := strings.Join(parts, joint)
	switch b.Type {
	case "NOT_ALL":
		return "not all of: " + strings.Join(parts, ", ")
	case "NOT_ANY":
		return "none of: " + strings.Join(parts, ", ")
	case "ASSOCIATION", "PROPERTY_ASSOCIATION":
		return associationWords(b) + all
	case "UNIFIED_EVENTS":
		return eventWords(b)
	}
	return all
}

// conditionWords are a branch's conditions, each in words.
func conditionWords(b *hubspot.FilterBranch) []string {
	var parts []string
	words, changes := changeWords(b)
	if changes = changes && b.Type == "AND"; changes {
		parts = append(parts, words)
	}
	for _, f := range b.Filters {
		if f != nil && (!changes || f.Property != eventName && f.Property != eventValue) {
			parts = append(parts, filterWords(f))
		}
	}
	for _, sub := range b.Branches {
		if sub == nil {
			continue
		}
		inner := branchWords(sub)
		if len(sub.Filters)+len(sub.Branches) > 1 && sub.Type != b.Type && (sub.Type == "AND" || sub.Type == "OR") {
			inner = "(" + inner + ")"
		}
		parts = append(parts, inner)
	}
	return parts
}

// A property change is written as two filters, one on the property's name and one on its new value. HubSpot's ids of events.
const (
	eventName            = "hs_name"
	eventValue           = "hs_value"
	eventPropertyChanged = "4-655002"
	eventRecordCreated   = "4-1463224"
)

// changeWords says the property change that a branch stands for; false when it stands for none.
func changeWords(b *hubspot.FilterBranch) (string, bool) {
	var name, value *hubspot.Filter
	for _, f := range b.Filters {
		switch {
		case f == nil:
		case f.Property == eventName && len(f.Operation.Values) == 1:
			name = f
		case f.Property == eventValue:
			value = f
		}
	}
	event := b.Type == "UNIFIED_EVENTS" && b.EventTypeID == eventPropertyChanged && b.ListOperator != "HAS_NOT_COMPLETED"
	if name == nil || value == nil && !event {
		return "", false
	}
	words := word(name.Operation.Values[0]) + " changes"
	if value != nil && value.Operation.Operator != "IS_KNOWN" {
		words += " and " + value.Operation.Words(word)
	}
	return words, true
}

func eventWords(b *hubspot.FilterBranch) string {
	if b.EventTypeID == eventRecordCreated && b.ListOperator != "HAS_NOT_COMPLETED" {
		return "the record is created"
	}
	event := "the event " + word(b.EventTypeID)
	if b.EventTypeID == "" {
		event = "an event without a type"
	}
	if b.ListOperator == "HAS_NOT_COMPLETED" {
		return event + " has not occurred"
	}
	return event + " occurs"
}

func associationWords(b *hubspot.FilterBranch) string {
	other := "record"
	if t, ok := hubspot.LookupObjectType(b.ObjectTypeID); ok {
		other = t.Name
	}
	if b.ListOperator == "NOT_IN_LIST" {
		return "no associated " + other + " with "
	}
	return "an associated " + other + " with "
}

func filterWords(f *hubspot.Filter) string {
	switch {
	case f.Type == "IN_LIST" && f.ListOperator == "NOT_IN_LIST":
		return "not in list " + word(f.ListID)
	case f.Type == "IN_LIST":
		return "in list " + word(f.ListID)
	case f.Type != "PROPERTY":
		return "a condition of the type " + word(f.Type)
	}
	words := word(f.Property) + " " + f.Operation.Words(word)
	if f.Operation.IncludeNoValue && f.Operation.Type != "ALL_PROPERTY" {
		words += ", or has no value"
	}
	return words
}

// word is a piece of data as labels show it: short, with control characters made visible. Nothing is shown as (empty).
func word(s string) string {
	if s == "" {
		return "(empty)"
	}
	s = shown(s, mostWord)
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// shown cuts a text behind so many characters.
func shown(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	for i := range s {
		if most == 0 {
			return s[:i] + "…"
		}
		most--
	}
	return s
}
