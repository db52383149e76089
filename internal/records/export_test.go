package records

// What a plain implementation of Names in the tests takes as given.
var (
	KindLabel = kindLabel
	Turned    = turned
)

// IndexSize is how many bytes the places take that the pager remembers.
func (p *Pager) IndexSize() int {
	n := 0
	for i := range p.known {
		n += cap(p.known[i].index)
	}
	return n
}
