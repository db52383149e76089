package mask

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// RecordID is what rules call a record's id, beside hs_object_id.
const RecordID = "id"

// Plan is how the records of one object type are masked.
type Plan struct {
	ObjectType string
	Columns    []Column
	// IDs tells that record ids are masked, those in associations included.
	IDs bool

	kinds map[string]Column
}

// Column is how one property is masked.
type Column struct {
	Property string `json:"property"`
	Kind     Kind   `json:"kind"`
	// Why says in a few words where the kind comes from.
	Why string `json:"why"`
	// Chosen tells that a rule or a flag said so.
	Chosen bool `json:"chosen"`
	owner  bool
}

// Of is how a property is masked; a property that the plan does not know is dropped.
func (p *Plan) Of(property string) Column {
	if c, ok := p.kinds[property]; ok {
		return c
	}
	return Column{Property: property, Kind: Drop, Why: "not among the properties of the export"}
}

// NewPlan decides how each property is masked: by the last rule that names it, else by its name and type, else by what its
// values look like. profiles are by property; a missing one is empty.
func NewPlan(objectType string, properties []hubspot.Property, profiles map[string]*Profile, rules []Rule) *Plan {
	p := &Plan{ObjectType: objectType, kinds: map[string]Column{}}
	for _, prop := range properties {
		c := Column{Property: prop.Name, owner: hubspot.OwnerProperty(prop.Name)}
		c.Kind, c.Why = choose(objectType, prop, profiles[prop.Name])
		p.kinds[prop.Name] = c
		p.Columns = append(p.Columns, c)
	}
	for _, rule := range rules {
		p.apply(rule)
	}
	for i, c := range p.Columns {
		p.Columns[i] = p.kinds[c.Property]
	}
	return p
}

// Unknown are rules that name a property which none of the plans has. The nearest one is looked for in the first plan.
func Unknown(rules []Rule, plans ...*Plan) source.Problems {
	var problems source.Problems
	for _, rule := range rules {
		named := slices.ContainsFunc(plans, func(p *Plan) bool {
			return rule.Property == RecordID || rule.Property == "hs_object_id" || slices.ContainsFunc(p.Columns, func(c Column) bool { return rule.names(c.Property) })
		})
		if !named && len(plans) > 0 {
			problems = append(problems, plans[0].unknown(rule))
		}
	}
	return problems
}

// names tells whether a rule is about a property.
func (r Rule) names(property string) bool {
	ok, _ := path.Match(r.Property, property)
	return ok || r.Property == property
}

// apply takes one rule.
func (p *Plan) apply(rule Rule) {
	if rule.Property == RecordID || rule.Property == "hs_object_id" {
		if _, property := p.kinds[rule.Property]; !property || rule.Property == "hs_object_id" {
			p.IDs = rule.As != Keep
			return
		}
	}
	for _, c := range p.Columns {
		if rule.names(c.Property) {
			c = p.kinds[c.Property]
			c.Kind, c.Chosen, c.Why = rule.As, true, rule.where()
			p.kinds[c.Property] = c
		}
	}
}

func (r Rule) where() string {
	if r.From != "" {
		return r.From
	}
	return fmt.Sprintf("%s:%d", r.File, r.Pos.Line)
}

func (p *Plan) unknown(rule Rule) source.Problem {
	names := make([]string, 0, len(p.Columns))
	for _, c := range p.Columns {
		names = append(names, c.Property)
	}
	message := fmt.Sprintf("the records have no property %q", rule.Property)
	if strings.ContainsAny(rule.Property, "*?[") {
		message = fmt.Sprintf("the records have no property that %q names", rule.Property)
	}
	if rule.From != "" {
		message = rule.From + ": " + message
	}
	hint := "they have " + listed(names)
	if near := source.Nearest(rule.Property, names); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return source.Problem{Severity: source.SeverityError, Code: "unknown_property", File: rule.File, Line: rule.Pos.Line, Col: rule.Pos.Col, Message: message, Hint: hint}
}

// listed shows the first names.
func listed(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(", … (%d in all)", len(names))
	}
	return strings.Join(names, ", ")
}

// Masked are the properties that do not stay as they are.
func (p *Plan) Masked() []string {
	var out []string
	for _, c := range p.Columns {
		if c.Kind != Keep {
			out = append(out, c.Property)
		}
	}
	slices.Sort(out)
	return out
}
