package records

import (
	"fmt"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// ReadLists reads records/lists.yaml: a list of {id, name, object, members}. The object type is contact where none is
// named. A nil node is an empty file.
func ReadLists(file string, node *source.Node) ([]hubspot.List, source.Problems) {
	r := &source.Reader{File: file, Strict: true}
	if node == nil || node.Kind == source.Null {
		return nil, nil
	}
	if node.Kind != source.Array {
		r.Errorf(node.Pos, "wrong_type", `write "- {id: 42, name: Competitors, object: contact, members: [\"101\"]}"`,
			"the file must hold a list of lists, but here stands %s", node.Kind)
		return nil, r.Problems
	}
	var out []hubspot.List
	seen := map[string]source.Pos{}
	for _, n := range node.Items {
		f := r.Object(n, "a list")
		l := hubspot.List{ID: f.Need("id"), Name: f.String("name"), ObjectType: "contact", Members: map[string]bool{}}
		if f.Get("object") != nil {
			l.ObjectType = readObjectType(r, f.String("object"), f.Pos("object"))
		}
		readMembers(r, f, &l)
		f.Done()
		if first, twice := seen[l.ID]; twice && l.ID != "" {
			r.Errorf(f.Pos("id"), "duplicate_id", "give one of them another id", "the list id %q stands twice: here and at %d:%d", l.ID, first.Line, first.Col)
			continue
		}
		seen[l.ID] = f.Pos("id")
		out = append(out, l)
	}
	return out, r.Problems
}

// readMembers reads the ids of a list's records. One id alone is refused: it may as well be meant as their number.
func readMembers(r *source.Reader, f *source.Fields, l *hubspot.List) {
	if m := f.Get("members"); m.IsScalar() {
		r.Errorf(m.Pos, "wrong_type", `write members: ["101"]`, "the members of the list %q must be a list of record ids, but here stands %s", l.ID, m.Kind)
		return
	}
	for _, id := range f.Strings("members") {
		if id = strings.TrimSpace(id); id == "" {
			r.Errorf(f.Pos("members"), "bad_id", "", "a member of the list %q has no id", l.ID)
			continue
		}
		l.Members[id] = true
	}
}

// readObjectType resolves an object type by name, plural or id.
func readObjectType(r *source.Reader, name string, pos source.Pos) string {
	t, ok := hubspot.LookupObjectType(name)
	if !ok {
		hint := "the object types are " + strings.Join(hubspot.ObjectTypeNames(), ", ")
		if near := source.Nearest(name, hubspot.ObjectTypeNames()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.Errorf(pos, "unknown_object_type", hint, "%q is no object type", name)
	}
	return t.Name
}

// ReadProperties reads records/properties.yaml: by object type, a list of {name, label, type, options, multiple}. The
// type is string where none is named. A property that a portal has by default keeps what its entry does not say, so
// that an entry may do nothing but name the portal's own deal stages. A nil node is an empty file.
func ReadProperties(file string, node *source.Node) (map[string][]hubspot.Property, source.Problems) {
	r := &source.Reader{File: file, Strict: true}
	out := map[string][]hubspot.Property{}
	if node == nil || node.Kind == source.Null {
		return out, nil
	}
	if node.Kind != source.Object {
		r.Errorf(node.Pos, "wrong_type", `write "contact:" and under it a list of properties`,
			"the file must name object types, but here stands %s", node.Kind)
		return out, r.Problems
	}
	for _, m := range node.Members {
		objectType := readObjectType(r, m.Key, m.KeyPos)
		if objectType == "" || m.Value.Kind == source.Null {
			continue
		}
		if m.Value.Kind != source.Array {
			r.Errorf(m.Value.Pos, "wrong_type", "", "%q must be a list of properties, but here stands %s", m.Key, m.Value.Kind)
			continue
		}
		defaults := hubspot.NewProperties(objectType, hubspot.DefaultProperties(objectType))
		for _, n := range m.Value.Items {
			p, ok := readProperty(r, n, defaults)
			if !ok {
				continue
			}
			if hasProperty(out[objectType], p.Name) {
				r.Errorf(n.Pos, "duplicate_property", "", "the %s property %q is defined twice", objectType, p.Name)
				continue
			}
			out[objectType] = append(out[objectType], p)
		}
	}
	return out, r.Problems
}

func hasProperty(list []hubspot.Property, name string) bool {
	for _, p := range list {
		if p.Name == name {
			return true
		}
	}
	return false
}

func readProperty(r *source.Reader, n *source.Node, defaults *hubspot.Properties) (hubspot.Property, bool) {
	before := len(r.Problems.Errors())
	f := r.Object(n, "a property")
	name := f.Need("name")
	if want := propertyName(name); name != "" && name != want {
		hint := "internal names are lower case, with an underscore between words"
		if want != "" {
			hint = fmt.Sprintf("write %q, and put how people write it under \"label\"", want)
		}
		r.Errorf(f.Pos("name"), "bad_name", hint, "%q is no internal name of a property", name)
	}
	p, known := defaults.Get(name)
	if !known {
		p = hubspot.Property{Name: name, Label: name, Type: hubspot.TypeString}
	}
	p.Custom = true
	if label := f.String("label"); label != "" {
		p.Label = label
	}
	if f.Get("type") != nil {
		p.Type = readPropertyType(r, f.String("type"), f.Pos("type"))
	}
	if f.Get("options") != nil {
		p.Options = readOptions(r, f, name)
		if p.Type != hubspot.TypeEnumeration {
			r.Errorf(f.Pos("options"), "bad_options", "add type: enumeration", "the property %q is of type %s, which has no options", name, p.Type)
		}
	}
	p.Multiple = f.Bool("multiple", p.Multiple)
	if p.Multiple && p.Type != hubspot.TypeEnumeration {
		r.Errorf(f.Pos("multiple"), "bad_options", "add type: enumeration", "only an enumeration can hold several values")
	}
	f.Done()
	return p, len(r.Problems.Errors()) == before
}

func readPropertyType(r *source.Reader, text string, pos source.Pos) hubspot.PropertyType {
	for _, t := range hubspot.PropertyTypes() {
		if t == text {
			return hubspot.PropertyType(t)
		}
	}
	hint := "the types are " + strings.Join(hubspot.PropertyTypes(), ", ")
	switch text { // what HubSpot calls the field, not the type
	case "select", "radio", "dropdown", "checkbox":
		hint = `write "enumeration"; with "multiple: true" for several values`
	case "text", "textarea", "html":
		hint = `write "string"`
	case "boolean", "booleancheckbox":
		hint = `write "bool"`
	case "phone", "phonenumber":
		hint = `write "phone_number"`
	default:
		if near := source.Nearest(text, hubspot.PropertyTypes()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
	r.Errorf(pos, "unknown_type", hint, "%q is no type of a property", text)
	return hubspot.TypeString
}

// readOptions reads values, or {label, value}.
func readOptions(r *source.Reader, f *source.Fields, name string) []hubspot.Option {
	var out []hubspot.Option
	seen := map[string]bool{}
	for _, n := range f.Items("options") {
		o := hubspot.Option{Label: n.Text, Value: n.Text}
		if !n.IsScalar() {
			of := r.Object(n, "an option")
			o.Value = of.Need("value")
			if o.Label = of.String("label"); o.Label == "" {
				o.Label = o.Value
			}
			of.Done()
		}
		switch {
		case seen[o.Value]:
			r.Errorf(n.Pos, "duplicate_option", "", "the option %q of %q stands twice", o.Value, name)
			continue
		case strings.Contains(o.Value, ";"):
			r.Errorf(n.Pos, "bad_option", "", "the option %q holds a semicolon, which divides the values of a property", o.Value)
		case n.IsScalar() && strings.TrimSpace(o.Value) == "":
			r.Errorf(n.Pos, "bad_option", "", "an option of %q is empty", name)
		}
		seen[o.Value] = true
		out = append(out, o)
	}
	return out
}
