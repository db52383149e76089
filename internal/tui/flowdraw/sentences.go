package flowdraw

import (
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
)

// Triggers says in sentences who enrolls: one for each way, of which any is enough, then what else decides. Nil means that
// nobody enrolls by itself.
func Triggers(f *flow.Flow) []string {
	if f == nil || f.Enrollment == nil {
		return nil
	}
	e := f.Enrollment
	var out []string
	switch e.Type {
	case flow.ListBased:
		out = Sentences(e.ListFilter)
	case flow.EventBased:
		for _, b := range e.EventFilters {
			out = append(out, Sentences(b)...)
		}
		for _, b := range e.ListMembershipFilters {
			out = append(out, Sentences(b)...)
		}
	case flow.Manual:
		out = append(out, "enrolled by hand")
	case flow.Dataset:
		out = append(out, "in the dataset "+short(e.DatasetID))
	default:
		out = append(out, "by a trigger of type "+short(e.Type))
	}
	for i, s := range Sentences(e.Refinement) {
		lead := "refined by: "
		if i > 0 {
			lead = "or by: "
		}
		out = append(out, lead+s)
	}
	return out
}

// Again says when a record enrolls again, "" when never.
func Again(f *flow.Flow) string {
	if f == nil || f.Enrollment == nil || !f.Enrollment.ShouldReEnroll {
		return ""
	}
	var parts []string
	for _, b := range f.Enrollment.ReEnrollTriggers {
		parts = append(parts, Sentences(b)...)
	}
	if len(parts) == 0 {
		return "re-enrolls"
	}
	return "re-enrolls when " + strings.Join(parts, ", or ")
}

// Sentences says a condition in words: one sentence for each alternative, of which any is enough. They hold data as it stands
// in the file.
func Sentences(b *hubspot.FilterBranch) []string {
	switch {
	case b == nil:
		return nil
	case b.Type == "OR":
		var out []string
		for _, f := range b.Filters {
			out = append(out, filterWords(f))
		}
		for _, sub := range b.Branches {
			out = append(out, Sentences(sub)...)
		}
		return out
	case b.Type == "AND" && len(b.Filters) == 0 && len(b.Branches) == 1:
		return Sentences(b.Branches[0])
	}
	return []string{strings.Join(conditions(b), " AND ")}
}

// conditions are those of a branch which must all hold.
func conditions(b *hubspot.FilterBranch) []string {
	parts, filters := change(b.Filters)
	for _, f := range filters {
		parts = append(parts, filterWords(f))
	}
	for _, sub := range b.Branches {
		switch words := Sentences(sub); {
		case len(words) == 0:
		case len(words) == 1:
			parts = append(parts, words[0])
		default:
			parts = append(parts, "("+strings.Join(words, " OR ")+")")
		}
	}
	if len(parts) == 0 {
		parts = []string{"every record"}
	}
	joined := strings.Join(parts, " AND ")
	switch b.Type {
	case "NOT_ALL":
		return []string{"not all of: " + joined}
	case "NOT_ANY":
		return []string{"none of: " + strings.Join(parts, ", ")}
	case "ASSOCIATION", "PROPERTY_ASSOCIATION":
		return []string{associated(b) + " with " + joined}
	case "UNIFIED_EVENTS":
		return []string{event(b)}
	}
	return parts
}

// change finds the pair of filters that says that a property got a value.
func change(filters []*hubspot.Filter) (words []string, rest []*hubspot.Filter) {
	var name, value *hubspot.Filter
	for _, f := range filters {
		switch {
		case f == nil:
		case f.Property == "hs_name" && len(f.Operation.Values) == 1:
			name = f
		case f.Property == "hs_value":
			value = f
		default:
			rest = append(rest, f)
		}
	}
	switch {
	case name == nil || value == nil:
		for _, f := range []*hubspot.Filter{name, value} {
			if f != nil {
				rest = append(rest, f)
			}
		}
	case value.Operation.Operator == "IS_KNOWN":
		words = []string{short(name.Operation.Values[0]) + " changes"}
	default:
		words = []string{short(name.Operation.Values[0]) + " changes and " + value.Operation.Words(short)}
	}
	return words, rest
}

func associated(b *hubspot.FilterBranch) string {
	t, ok := hubspot.LookupObjectType(b.ObjectTypeID)
	if !ok {
		return "associated record"
	}
	return "associated " + t.Name
}

func event(b *hubspot.FilterBranch) string {
	verb := "event "
	if b.ListOperator == "HAS_NOT_COMPLETED" {
		verb = "not the event "
	}
	if b.EventTypeID == "" {
		return verb + "of an unknown type"
	}
	return verb + short(b.EventTypeID) + " occurs"
}

func filterWords(f *hubspot.Filter) string {
	switch {
	case f == nil:
		return "an empty condition"
	case f.Type == "IN_LIST" && f.ListOperator == "NOT_IN_LIST":
		return "not in list " + short(f.ListID)
	case f.Type == "IN_LIST":
		return "in list " + short(f.ListID)
	case f.Type != "PROPERTY" && f.Property == "":
		return "a condition of type " + short(f.Type)
	}
	words := short(f.Property) + " " + f.Operation.Words(short)
	if f.Operation.IncludeNoValue && f.Operation.Operator != "IS_UNKNOWN" && f.Operation.Operator != "IS_KNOWN" {
		words += " or unknown"
	}
	return words
}
