package records

// IndexSize is how many bytes the places take that the pager remembers.
func (p *Pager) IndexSize() int {
	n := 0
	for i := range p.known {
		n += cap(p.known[i].index)
	}
	return n
}
