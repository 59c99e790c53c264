package ratelimit

// Descriptors say how one API's counters are named in Envoy's rate limit service, so that Envoy,
// servers and clients count together. A generated package returns its own.
type Descriptors struct {
	API        string
	Domain     string // of the service's configuration
	Address    string // name of the entry that holds a caller's address
	Limits     map[string]Descriptor
	Operations map[string]string // names of operations, by how partition keys hold them
}

// A Descriptor says how the descriptors of one limit are made from its partition keys.
type Descriptor struct {
	Key string // name of the entry that holds the key's values
	// Shapes are what the values of a key can be: o for the operation, a for a caller's address, v
	// for any other.
	Shapes []string
}
