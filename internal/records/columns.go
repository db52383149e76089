package records

import (
	"context"

	"askflow/internal/hubspot"
)

// columnRecords is how many records of a JSON file are looked at for its properties.
const columnRecords = 100

// Columns are the properties that the files carry, in the order of the files: the headers of CSV files, and what the first
// 100 records of JSON files hold. all tells that there are no others. Files that cannot be read give what they can; reading
// their records says what is wrong.
func (p *Pager) Columns(ctx context.Context) (columns []hubspot.Property, all bool) {
	now := stampsOf(p.files)
	seen := map[string]bool{}
	all = true
	for i := range p.files {
		found, complete := p.columnsOf(ctx, i, now.files[i])
		all = all && complete
		for _, c := range found {
			if !seen[c.Name] {
				seen[c.Name] = true
				columns = append(columns, c)
			}
		}
	}
	return columns, all
}

// columnsOf looks at one file.
func (p *Pager) columnsOf(ctx context.Context, i int, now stamp) (columns []hubspot.Property, all bool) {
	f, err := p.open(i, spot{}, now)
	if err != nil {
		return nil, true // it gives no records either
	}
	defer f.close()
	if f.json == nil {
		for _, c := range f.rows.(*csvFile).head.columns {
			if c.kind == property || c.kind == both {
				columns = append(columns, c.conv.property)
			}
		}
		return columns, true
	}
	var r row
	for n := 0; n < columnRecords && ctx.Err() == nil; n++ {
		if f.json.next(&r) != nil {
			all = true // at the end, or where reading the records ends too
			break
		}
	}
	for _, c := range f.json.converters {
		columns = append(columns, c.property)
	}
	return columns, all
}
