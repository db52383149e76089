package hubspot

import (
	"sort"
	"strings"
)

// PropertyType is the type of a property's values. Every value is stored as text.
type PropertyType string

// The property types of the CRM. Phone numbers are their own type in definitions and behave as text.
const (
	TypeString      PropertyType = "string"
	TypeNumber      PropertyType = "number"
	TypeDate        PropertyType = "date"     // YYYY-MM-DD
	TypeDatetime    PropertyType = "datetime" // RFC 3339, or epoch milliseconds
	TypeEnumeration PropertyType = "enumeration"
	TypeBool        PropertyType = "bool" // true, false
	TypePhone       PropertyType = "phone_number"
)

// PropertyTypes lists the types that definitions may name.
func PropertyTypes() []string {
	return []string{"string", "number", "date", "datetime", "enumeration", "bool", "phone_number"}
}

// Property defines one property of an object type.
type Property struct {
	Name    string
	Label   string
	Type    PropertyType
	Options []Option // of an enumeration; empty means any value is taken (owners, users)
	// Multiple tells that an enumeration holds several values, joined by ";" (HubSpot's "multiple checkboxes").
	Multiple bool
	// ReadOnly values are HubSpot's own: set property refuses them.
	ReadOnly bool
	// Custom properties come from records/properties.yaml or were inferred from a records file.
	Custom bool
	// Inferred tells that no definition exists and the property was taken as text because a records file carries it.
	Inferred bool
}

// Option is one choice of an enumeration.
type Option struct {
	Label string
	Value string
}

// OptionValue finds the internal value for text that may be a value or a label; values win, then labels, then both
// without regard to case.
func (p Property) OptionValue(text string) (string, bool) {
	for _, o := range p.Options {
		if o.Value == text {
			return o.Value, true
		}
	}
	for _, o := range p.Options {
		if o.Label == text {
			return o.Value, true
		}
	}
	for _, o := range p.Options {
		if strings.EqualFold(o.Value, text) || strings.EqualFold(o.Label, text) {
			return o.Value, true
		}
	}
	return "", false
}

// Properties are the definitions of one object type, found by name or by label.
type Properties struct {
	ObjectType string
	byName     map[string]*Property
	byLabel    map[string]*Property // lower-case label; the first definition wins
}

// NewProperties makes a set from definitions; later ones replace earlier ones of the same name.
func NewProperties(objectType string, defs []Property) *Properties {
	ps := &Properties{ObjectType: objectType, byName: map[string]*Property{}, byLabel: map[string]*Property{}}
	for _, d := range defs {
		ps.Add(d)
	}
	return ps
}

// Add defines or replaces a property.
func (ps *Properties) Add(p Property) {
	ps.byName[p.Name] = &p
	label := strings.ToLower(p.Label)
	if _, taken := ps.byLabel[label]; !taken && label != "" {
		ps.byLabel[label] = &p
	} else if taken && ps.byLabel[label].Name == p.Name {
		ps.byLabel[label] = &p
	}
}

// Get finds a property by internal name.
func (ps *Properties) Get(name string) (Property, bool) {
	if ps == nil {
		return Property{}, false
	}
	p, ok := ps.byName[name]
	if !ok {
		return Property{}, false
	}
	return *p, true
}

// Find resolves a file's column header: internal name first, then label, without regard to case.
func (ps *Properties) Find(header string) (Property, bool) {
	if p, ok := ps.Get(header); ok {
		return p, true
	}
	lower := strings.ToLower(strings.TrimSpace(header))
	if p, ok := ps.byName[lower]; ok {
		return *p, true
	}
	if p, ok := ps.byLabel[lower]; ok {
		return *p, true
	}
	return Property{}, false
}

// Names lists the internal names, sorted.
func (ps *Properties) Names() []string {
	if ps == nil {
		return nil
	}
	names := make([]string, 0, len(ps.byName))
	for n := range ps.byName {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Schema holds the properties of every object type, by object type name.
type Schema map[string]*Properties

// Of returns the properties of an object type, nil-safe: an unknown type has none.
func (s Schema) Of(objectType string) *Properties { return s[objectType] }
