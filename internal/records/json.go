package records

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// jsonFile reads the records of a JSON file.
type jsonFile struct {
	objectType string
	file       string
	scanner    *jsonScanner
	properties *hubspot.Properties
	owners     *owners
	found      *findings

	names      []string
	converters []*converter
	index      map[string]int
	columns    *hubspot.Columns
	inferred   []hubspot.Property
	values     []*source.Node // of the record being read, by column
	unknown    bool           // an unknown member was reported
	line, col  int            // where the record being read starts
	done       bool
}

func newJSONFile(objectType, file string, in io.Reader, opt Options, found *findings) (*jsonFile, error) {
	return &jsonFile{
		objectType: objectType, file: file, scanner: &jsonScanner{file: file, w: newWindow(in)}, properties: opt.properties(objectType),
		owners: newOwners(opt.Users), found: found, index: map[string]int{}, columns: hubspot.NewColumns(nil),
	}, nil
}

func (f *jsonFile) seen() ([]string, []hubspot.Property) { return f.names, f.inferred }

// next reads a record that is not archived.
func (f *jsonFile) next(r *row) error {
	for {
		if f.done {
			return io.EOF
		}
		data, err := f.scanner.object()
		if err == nil && data == nil {
			err = io.EOF
		}
		if err != nil {
			f.done = true
			return err
		}
		f.line, f.col = f.scanner.w.line, f.scanner.w.col
		node, problems := source.ParseJSON(f.file, data)
		f.scanner.w.consume(len(data))
		if bad := problems.Errors(); len(bad) > 0 {
			f.done = true // what follows broken JSON means nothing
			return f.moved(bad[0])
		}
		for _, p := range problems {
			p = f.moved(p)
			f.found.add(p.Severity, p.Code, p.Line, p.Col, func() (string, string) { return p.Message, p.Hint })
		}
		if v := node.Get("archived"); v != nil && v.Kind == source.Bool && v.Text == "true" {
			line, col := f.at(v)
			f.found.add(source.SeverityNote, "archived_record", line, col, func() (string, string) { return "an archived record is left out", "" })
			continue
		}
		return f.record(r, node)
	}
}

// moved turns a place in the record into a place in the file.
func (f *jsonFile) moved(p source.Problem) source.Problem {
	if p.Line == 1 {
		p.Col += f.col - 1
	}
	p.Line += f.line - 1
	return p
}

func (f *jsonFile) at(n *source.Node) (line, col int) {
	p := f.moved(source.Problem{Line: max(n.Pos.Line, 1), Col: max(n.Pos.Col, 1)})
	return p.Line, p.Col
}

func (f *jsonFile) fail(n *source.Node, code, hint, format string, args ...any) error {
	line, col := f.at(n)
	return problemAt(f.file, line, col, code, fmt.Sprintf(format, args...), hint)
}

func (f *jsonFile) record(r *row, node *source.Node) error {
	r.reset()
	r.line, r.col = f.line, f.col
	var id *source.Node
	f.values = f.values[:0]
	for len(f.values) < len(f.names) {
		f.values = append(f.values, nil)
	}
	for _, m := range node.Members {
		switch m.Key {
		case "id":
			id = m.Value
		case "properties":
			if err := f.readProperties(m.Value); err != nil {
				return err
			}
		case "associations":
			if err := f.readAssociations(r, m.Value); err != nil {
				return err
			}
		case "createdAt", "updatedAt", "archived", "archivedAt", "propertiesWithHistory", "objectWriteTraceId", "url":
		default:
			f.unknownMember(m, node.Get("properties") == nil)
		}
	}
	if id == nil || id.Kind == source.Null {
		id = node.Get("properties").Get("hs_object_id")
	}
	if err := f.convert(r); err != nil {
		return err
	}
	return f.readID(r, node, id)
}

func (f *jsonFile) unknownMember(m source.Member, flat bool) {
	if f.unknown {
		return
	}
	f.unknown = true
	line, col := f.at(&source.Node{Pos: m.KeyPos})
	f.found.add(source.SeverityWarning, "unknown_member", line, col, func() (string, string) {
		hint := ""
		if flat {
			hint = `a record is {"id": "1", "properties": {…}}; properties stand under "properties"`
		}
		return fmt.Sprintf("the member %s of a record is not known here; it has no effect, and neither have others like it in this file", quote(m.Key)), hint
	})
}

func (f *jsonFile) readID(r *row, node, id *source.Node) error {
	start := len(r.text)
	at := node
	if id != nil {
		if id.Kind != source.String && id.Kind != source.Number && id.Kind != source.Null {
			return f.fail(id, "bad_id", "", "the record's id must be text or a number, but here stands %s", id.Kind)
		}
		at = id
		r.text = append(r.text, strings.TrimSpace(id.Text)...)
	}
	r.id = span{start, len(r.text)}
	if message, hint := badID(r.idBytes()); message != "" {
		return f.fail(at, "bad_id", hint, "%s", message)
	}
	return nil
}

// readProperties puts the record's values under their columns, adding columns for names that are new in the file.
func (f *jsonFile) readProperties(n *source.Node) error {
	if n.Kind == source.Null {
		return nil
	}
	if n.Kind != source.Object {
		return f.fail(n, "wrong_type", "", `"properties" must be an object, but here stands %s`, n.Kind)
	}
	for _, m := range n.Members {
		if m.Key == "hs_object_id" {
			continue
		}
		if m.Value.Kind == source.Array || m.Value.Kind == source.Object {
			return f.fail(m.Value, "wrong_type", "several values of one property are one text, joined by semicolons",
				"the property %s must be text, a number, true, false or null, but here stands %s", quote(m.Key), m.Value.Kind)
		}
		if len(m.Value.Text) > MaxCell {
			return f.fail(m.Value, "cell_too_large", "", "the value of %s is larger than %d MiB", quote(m.Key), MaxCell>>20)
		}
		i, ok := f.index[m.Key]
		if !ok {
			if i = f.column(m); i < 0 {
				return f.fail(&source.Node{Pos: m.KeyPos}, "too_many_cells", "", "the records of this file have more than %d different properties", MaxColumns)
			}
		}
		f.values[i] = m.Value
	}
	if len(f.columns.Names) < len(f.names) {
		f.columns = hubspot.NewColumns(f.names[:len(f.names):len(f.names)])
	}
	return nil
}

// column adds a column, -1 when there are too many.
func (f *jsonFile) column(m source.Member) int {
	if len(f.names) == MaxColumns {
		return -1
	}
	p, known := f.properties.Get(m.Key)
	if !known {
		p = hubspot.Property{Name: m.Key, Label: m.Key, Type: hubspot.TypeString, Custom: true, Inferred: true}
		f.inferred = append(f.inferred, p)
		line, col := f.at(&source.Node{Pos: m.KeyPos})
		f.found.add(source.SeverityNote, "inferred_property", line, col, func() (string, string) {
			hint := "define it in records/properties.yaml if it has another type"
			if near := source.Nearest(m.Key, f.properties.Names()); near != "" {
				hint = fmt.Sprintf("did you mean %q? Else %s", near, hint)
			}
			return fmt.Sprintf("%s is no property of a %s that is known here; it is read as text", quote(m.Key), f.objectType), hint
		})
	}
	i := len(f.names)
	f.index[m.Key] = i
	f.names = append(f.names, m.Key)
	f.converters = append(f.converters, newConverter(p, f.owners))
	f.values = append(f.values, nil)
	return i
}

// convert writes the values of all columns into the row.
func (f *jsonFile) convert(r *row) error {
	r.columns = f.columns
	for i, n := range f.values {
		if n != nil && n.Kind != source.Null {
			out, ok := f.converters[i].convert(r.text, []byte(n.Text))
			r.text = out
			if !ok {
				line, col := f.at(n)
				f.found.add(source.SeverityWarning, f.converters[i].code(), line, col, func() (string, string) { return f.converters[i].complaint(n.Text) })
			}
			if toType := primaryCompanyProperty(f.objectType, f.names[i]); toType != "" {
				to := association{objectType: toType, typeID: hubspot.PrimaryAssociationType(f.objectType, toType)}
				r.associations = appendAssociations(r.associations, n.Text, &to)
			}
		}
		r.ends = append(r.ends, len(r.text))
	}
	return nil
}

// readAssociations reads every shape in use: v3 {"companies":{"results":[{"id","type"}]}}, plain lists of ids, v4
// results, and the list that creating a record takes.
func (f *jsonFile) readAssociations(r *row, n *source.Node) error {
	switch n.Kind {
	case source.Null:
		return nil
	case source.Array:
		return f.created(r, n)
	case source.Object:
	default:
		return f.fail(n, "wrong_type", "", `"associations" must be an object, but here stands %s`, n.Kind)
	}
	for _, m := range n.Members {
		t, ok := hubspot.LookupObjectType(m.Key)
		if !ok {
			hint := ""
			if near := source.Nearest(m.Key, hubspot.ObjectTypeNames()); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			line, col := f.at(&source.Node{Pos: m.KeyPos})
			f.found.add(source.SeverityWarning, "unknown_object_type", line, col, func() (string, string) {
				return fmt.Sprintf("%s is no object type that is known here; these associations are left out", quote(m.Key)), hint
			})
			continue
		}
		list := m.Value
		if results := list.Get("results"); results != nil {
			list = results
		}
		if list.Kind == source.Null {
			continue
		}
		if list.Kind != source.Array {
			return f.fail(list, "wrong_type", "", "the associations to %s must be a list, but here stands %s", m.Key, list.Kind)
		}
		for _, it := range list.Items {
			if err := f.associate(r, t.Name, it); err != nil {
				return err
			}
		}
	}
	return nil
}

// associate reads one entry of a list: an id, or an object that holds one.
func (f *jsonFile) associate(r *row, toType string, it *source.Node) error {
	a := hubspot.Association{ObjectType: toType}
	id := it
	var kinds []*source.Node
	if it.Kind == source.Object {
		if id = it.Get("id"); id == nil {
			id = it.Get("toObjectId")
		}
		if kind := it.Get("type"); kind != nil && kind.Kind == source.String {
			a.TypeID, a.Label = f.associationKind(toType, kind.Text)
		}
		if list := it.Get("associationTypes"); list != nil {
			kinds = list.Items
		}
	}
	if !id.IsScalar() || strings.TrimSpace(id.Text) == "" {
		return f.fail(it, "bad_association", `write {"id": "1"} or "1"`, "an association to a %s needs the other record's id", toType)
	}
	a.RecordID = strings.TrimSpace(id.Text)
	if len(kinds) == 0 {
		r.associations = append(r.associations, a)
	}
	for _, k := range kinds {
		r.associations = append(r.associations, typed(a, k, "category", "typeId"))
	}
	return nil
}

// typed fills in what an association type object says.
func typed(a hubspot.Association, kind *source.Node, category, typeID string) hubspot.Association {
	if c := kind.Get(category); c.IsScalar() {
		a.Category = c.Text
	}
	if t := kind.Get(typeID); t.IsScalar() {
		if n, err := strconv.Atoi(t.Text); err == nil && n > 0 {
			a.TypeID = n
		}
	}
	if l := kind.Get("label"); l.IsScalar() {
		a.Label = l.Text
	}
	return a
}

// associationKind reads v3's names: contact_to_company is the primary one, contact_to_company_unlabeled the default,
// and anything else the label of a custom one.
func (f *jsonFile) associationKind(toType, name string) (typeID int, label string) {
	plain := f.objectType + "_to_" + toType
	switch {
	case name == plain:
		return hubspot.PrimaryAssociationType(f.objectType, toType), ""
	case name == "" || name == plain+"_unlabeled":
		return 0, ""
	case f.objectType == "company" && name == "child_to_parent_company":
		return hubspot.ChildToParentCompany, ""
	case f.objectType == "company" && name == "parent_to_child_company":
		return hubspot.ParentToChildCompany, ""
	}
	return 0, name
}

// created reads [{"to":{"id"},"types":[{"associationCategory","associationTypeId"}]}]; the type says where it leads.
func (f *jsonFile) created(r *row, n *source.Node) error {
	for _, it := range n.Items {
		id := it.Get("to").Get("id")
		types := it.Get("types")
		if !id.IsScalar() || strings.TrimSpace(id.Text) == "" || types == nil || len(types.Items) == 0 {
			return f.fail(it, "bad_association", "", `an association in a list needs "to" with an "id", and "types"`)
		}
		for _, k := range types.Items {
			a := typed(hubspot.Association{RecordID: strings.TrimSpace(id.Text)}, k, "associationCategory", "associationTypeId")
			to, ok := a.Type().LeadsTo(f.objectType)
			if !ok {
				line, col := f.at(k)
				f.found.add(source.SeverityWarning, "unknown_association_type", line, col, func() (string, string) {
					return fmt.Sprintf("it is not known to which object type association type %d of a %s leads; the association is left out", a.TypeID, f.objectType),
						`write it under "associations" by object type: {"companies": ["1"]}`
				})
				continue
			}
			a.ObjectType = to
			r.associations = append(r.associations, a)
		}
	}
	return nil
}
