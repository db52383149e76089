package mask

import (
	"context"
	"strings"
	"unicode/utf8"

	"askflow/internal/hubspot"
)

// Set is everything that decides how records are masked.
type Set struct {
	Masker *Masker
	// Plans are by object type. Records of a type without one are left out.
	Plans map[string]*Plan
	// Only are the properties that come out, by object type; all of a type that is not there. The others still say what is
	// personal.
	Only     map[string]map[string]bool
	Words    []WordRule
	Patterns []Pattern
}

// Record is a record whose data is masked.
type Record struct {
	ObjectType, ID string
	// From is the record it was made of.
	From *hubspot.Record
	// Cells are the properties in the order of the plan, dropped ones left out.
	Cells        []Cell
	Associations []hubspot.Association
}

// Cell is a property's value.
type Cell struct {
	Property, Text string
	Kind           Kind
	// Chosen tells that a rule or a flag said so.
	Chosen bool
	// Kept are the parts of the text that are the record's own.
	Kept []Span
}

// Get is a property's masked value.
func (r *Record) Get(property string) string {
	for i := range r.Cells {
		if r.Cells[i].Property == property {
			return r.Cells[i].Text
		}
	}
	return ""
}

// Apply masks records. near gives the records that one is associated with, as far as they are known: their names are masked
// in its texts, too. In free text every value is masked that another of the records has in a masked property.
func (s *Set) Apply(ctx context.Context, recs []*hubspot.Record, near func(*hubspot.Record) []*hubspot.Record) ([]Record, error) {
	everybody, values := newDictionary(), s.searcher(recs)
	for _, rec := range recs {
		s.terms(everybody, rec, true)
	}
	extra := newDictionary()
	for _, w := range s.Words {
		for _, text := range w.Words {
			extra.add(text, func(as string) string { return s.spoken(w.As, as, Subject{}) })
		}
	}
	out := make([]Record, 0, len(recs))
	for i, rec := range recs {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		own := newDictionary()
		s.terms(own, rec, false)
		for _, other := range near(rec) {
			s.terms(own, other, false)
		}
		out = append(out, s.record(rec, &texter{m: s.Masker, set: s, terms: []*dictionary{extra, own, everybody}, patterns: s.Patterns, values: values}))
	}
	return out, nil
}

// record masks one record.
func (s *Set) record(rec *hubspot.Record, x *texter) Record {
	plan := s.Plans[rec.ObjectType]
	out := Record{ObjectType: rec.ObjectType, ID: s.recordID(rec.ObjectType, rec.ID), From: rec, Associations: append([]hubspot.Association{}, rec.Associations...)}
	for i := range out.Associations {
		a := &out.Associations[i]
		a.RecordID = s.recordID(a.ObjectType, a.RecordID)
	}
	for _, c := range plan.Columns {
		if only := s.Only[rec.ObjectType]; c.Kind == Drop || only != nil && !only[c.Property] {
			continue
		}
		of := Subject{rec.ObjectType, rec.ID, c.Property}
		value := rec.Get(c.Property)
		cell := Cell{Property: c.Property, Kind: c.Kind, Chosen: c.Chosen}
		switch {
		case s.namesRecord(rec.ObjectType, c.Property):
			cell.Text = s.companyIDs(value)
		case c.Kind == Keep && !c.Chosen && c.owner && strings.Contains(value, "@"): // whom nobody in the portal is
			cell.Text, cell.Kind = s.Masker.emails(value), Email
		case c.Kind == Keep:
			cell.Text, cell.Kept = value, []Span{{0, len(value)}}
		case c.Kind == Text:
			x.of = of
			cell.Text, cell.Kept = x.mask(value)
		default:
			cell.Text = s.Masker.Value(c.Kind, value, of)
		}
		out.Cells = append(out.Cells, cell)
	}
	return out
}

// namesRecord tells whether a property holds ids of records, so that it is masked with them.
func (s *Set) namesRecord(objectType, property string) bool {
	return s.Plans[objectType].IDs && (objectType == "contact" && property == "associatedcompanyid" || objectType == "deal" && property == "hs_primary_associated_company")
}

// companyIDs masks ids in a value that names companies.
func (s *Set) companyIDs(value string) string {
	var b strings.Builder
	for _, p := range pieces(value) {
		if p.kind == between {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(s.recordID("company", p.text))
	}
	return b.String()
}

// recordID masks a record's id where ids are masked: of every object type or of none, since associations name them.
func (s *Set) recordID(objectType, id string) string {
	for _, p := range s.Plans {
		if p.IDs {
			return s.Masker.id(id, objectType)
		}
	}
	return id
}

// spoken masks a word in the middle of a text, in the way of writing that the text has.
func (s *Set) spoken(kind Kind, as string, of Subject) string {
	if kind == Text {
		kind = Words
	}
	return s.Masker.Value(kind, as, of)
}

// terms adds what texts may say of a record: the values of its masked properties, and the parts of names and addresses. whole
// leaves the parts out.
func (s *Set) terms(d *dictionary, rec *hubspot.Record, whole bool) {
	plan := s.Plans[rec.ObjectType]
	if plan == nil {
		return
	}
	for _, c := range plan.Columns {
		value := strings.TrimSpace(rec.Get(c.Property))
		if value == "" || len(value) > 500 {
			continue
		}
		of := Subject{rec.ObjectType, rec.ID, c.Property}
		plain := func(as string) string { return s.spoken(c.Kind, as, of) }
		switch c.Kind {
		case Keep, Text, Date, Number:
			continue
		case Drop:
			plain = func(as string) string { return s.Masker.words(as, nil) }
		}
		if telling(c.Kind, value) {
			d.add(value, plain)
		}
		if !whole {
			s.parts(d, c.Kind, of, value)
		}
	}
}

// parts adds the parts of a value under which a text may mention it.
func (s *Set) parts(d *dictionary, kind Kind, of Subject, value string) {
	if kind == Name {
		kind = nameKind(of.Property)
	}
	switch kind {
	case FirstName, LastName, FullName:
		s.nameParts(d, kind, value)
	case Company:
		if core, _ := companyCore(value); speaks(core) {
			d.add(core, s.Masker.company)
			d.add(unaccented(core), s.Masker.company)
			s.shortened(d, core)
		}
	case Email:
		for _, address := range emailForm.FindAllString(value, 20) {
			local, host, _ := strings.Cut(address, "@")
			if len(local) > 2 && !rolesOfMail[fold(local)] {
				d.add(local, s.Masker.local)
			}
			s.hostParts(d, host)
		}
	case Domain:
		s.hostParts(d, value)
	}
}

// shortened adds what people call a company of several words: its first ones.
func (s *Set) shortened(d *dictionary, core string) {
	words := wordsOf(core)
	masked := func(as string) string { return style(s.Masker.firm(strings.TrimSpace(core), false), as) }
	for n := len(words) - 1; n > 0; n-- {
		if short := core[words[0].start:words[n-1].end]; n > 1 || utf8.RuneCountInString(short) > 4 && !Common(short) {
			d.add(short, masked)
		}
	}
}

// nameParts adds each word of a name.
func (s *Set) nameParts(d *dictionary, kind Kind, value string) {
	fields := nameFields(value)
	last := -1
	for i, f := range fields {
		if f.name {
			last = i
		}
	}
	for i, f := range fields {
		word := fold(f.text)
		if !f.name || particles[word] || suffixes[word] {
			continue
		}
		role := kind
		if kind == FullName {
			role = FirstName
			if i == last {
				role = LastName
			}
		}
		masked := func(as string) string { return s.Masker.nameWord(role, as) }
		d.add(f.text, masked)
		d.add(unaccented(f.text), masked)
	}
}

// hostParts adds a host and the name in it.
func (s *Set) hostParts(d *dictionary, host string) {
	host = strings.TrimSuffix(fold(host), ".")
	labels := strings.Split(host, ".")
	if len(labels) < 2 || !hostForm.MatchString(host) {
		return
	}
	_, registered := divideHost(labels)
	if freeMail[registered] {
		return
	}
	d.add(host, s.Masker.domain)
	d.add(registered, s.Masker.domain)
	if name, _, _ := strings.Cut(registered, "."); len(name) > 4 && !Common(name) {
		d.add(name, func(as string) string { return style(s.Masker.firm(registered, true), as) })
	}
}
