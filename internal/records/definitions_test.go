package records_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

func parseYAML(t *testing.T, text string) *source.Node {
	t.Helper()
	n, problems := source.ParseYAML("f.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return n
}

func TestReadLists(t *testing.T) {
	t.Parallel()
	lists, problems := records.ReadLists("f.yaml", parseYAML(t, `
- {id: 42, name: Competitors, object: contact, members: ["101", 102]}
- {id: 007, object: companies}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []hubspot.List{
		{ID: "42", Name: "Competitors", ObjectType: "contact", Members: map[string]bool{"101": true, "102": true}},
		{ID: "007", ObjectType: "company", Members: map[string]bool{}},
	}
	if diff := cmp.Diff(want, lists); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct{ text, want string }{
		{"lists: []", `f.yaml:1:1: the file must hold a list of lists, but here stands an object (write "- {id: 42, name: Competitors, object: contact, members: [\"101\"]}")`},
		{"- {name: x}", `f.yaml:1:3: a list needs "id"`},
		{"- {id: 1, object: contct}", `f.yaml:1:19: "contct" is no object type (did you mean "contact"?)`},
		{"- {id: 1, memebrs: []}", `f.yaml:1:11: a list has no key "memebrs" (did you mean "members"?)`},
		{"- {id: 1, members: [\"\"]}", `f.yaml:1:20: a member of the list "1" has no id`},
		{"- {id: 1, members: 3}", `f.yaml:1:20: the members of the list "1" must be a list of record ids, but here stands a number (write members: ["101"])`},
		{"- {id: 1, members: \"101\"}", `f.yaml:1:20: the members of the list "1" must be a list of record ids, but here stands text (write members: ["101"])`},
		{"- {id: 1}\n- {id: 1}", `f.yaml:2:8: the list id "1" stands twice: here and at 1:8 (give one of them another id)`},
		{"- 1", "f.yaml:1:3: a list must be an object, but here stands a number\nf.yaml:1:3: a list needs \"id\""},
	} {
		_, problems := records.ReadLists("f.yaml", parseYAML(t, tt.text))
		if got := problems.Error(); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.text, got, tt.want)
		}
	}
	if lists, problems := records.ReadLists("f.yaml", nil); lists != nil || problems != nil {
		t.Error("an empty file is not empty:", lists, problems)
	}
}

func TestReadProperties(t *testing.T) {
	t.Parallel()
	got, problems := records.ReadProperties("f.yaml", parseYAML(t, `
contact:
  - {name: lead_grade, label: Lead grade, type: enumeration, options: [A, B, {label: Spam, value: SPAM}]}
  - {name: sales_notes}
  - {name: interests, type: enumeration, multiple: true, options: [tea]}
deals:
  - {name: dealstage, options: [{label: Won, value: "12345"}]}
company:
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	option := func(s string) hubspot.Option { return hubspot.Option{Label: s, Value: s} }
	want := map[string][]hubspot.Property{
		"contact": {
			{Name: "lead_grade", Label: "Lead grade", Type: "enumeration", Options: []hubspot.Option{option("A"), option("B"), {Label: "Spam", Value: "SPAM"}}, Custom: true},
			{Name: "sales_notes", Label: "sales_notes", Type: "string", Custom: true},
			{Name: "interests", Label: "interests", Type: "enumeration", Options: []hubspot.Option{option("tea")}, Multiple: true, Custom: true},
		},
		"deal": {{Name: "dealstage", Label: "Deal Stage", Type: "enumeration", Options: []hubspot.Option{{Label: "Won", Value: "12345"}}, Custom: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct{ text, want string }{
		{"- a", `f.yaml:1:1: the file must name object types, but here stands a list (write "contact:" and under it a list of properties)`},
		{"contcat: []", `f.yaml:1:1: "contcat" is no object type (did you mean "contact"?)`},
		{"contact: x", `f.yaml:1:10: "contact" must be a list of properties, but here stands text`},
		{"contact: [{label: x}]", `f.yaml:1:11: a property needs "name"`},
		{"contact: [{name: Lead Grade}]", `f.yaml:1:18: "Lead Grade" is no internal name of a property (write "lead_grade", and put how people write it under "label")`},
		{"contact: [{name: '!'}]", `f.yaml:1:18: "!" is no internal name of a property (internal names are lower case, with an underscore between words)`},
		{"contact: [{name: a, type: nubmer}]", `f.yaml:1:27: "nubmer" is no type of a property (did you mean "number"?)`},
		{"contact: [{name: a, type: select}]", `f.yaml:1:27: "select" is no type of a property (write "enumeration"; with "multiple: true" for several values)`},
		{"contact: [{name: a, options: [x]}]", `f.yaml:1:30: the property "a" is of type string, which has no options (add type: enumeration)`},
		{"contact: [{name: a, multiple: true}]", `f.yaml:1:31: only an enumeration can hold several values (add type: enumeration)`},
		{"contact: [{name: a, type: enumeration, options: [x, x]}]", `f.yaml:1:53: the option "x" of "a" stands twice`},
		{"contact: [{name: a, type: enumeration, options: ['x;y']}]", `f.yaml:1:50: the option "x;y" holds a semicolon, which divides the values of a property`},
		{"contact: [{name: a, type: enumeration, options: ['']}]", `f.yaml:1:50: an option of "a" is empty`},
		{"contact: [{name: a, type: enumeration, options: [{label: x}]}]", `f.yaml:1:50: an option needs "value"`},
		{"contact: [{name: a}, {name: a}]", `f.yaml:1:22: the contact property "a" is defined twice`},
		{"contact: [{name: a, labell: x}]", `f.yaml:1:21: a property has no key "labell" (did you mean "label"?)`},
	} {
		_, problems := records.ReadProperties("f.yaml", parseYAML(t, tt.text))
		if got := problems.Error(); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.text, got, tt.want)
		}
	}
	if got, problems := records.ReadProperties("f.yaml", nil); len(got) != 0 || problems != nil {
		t.Error("an empty file is not empty:", got, problems)
	}
}
