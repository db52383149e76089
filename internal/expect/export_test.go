package expect

// Distance and Normalise are what similar is made of.
var (
	Distance  = distance
	Normalise = normalise
)
