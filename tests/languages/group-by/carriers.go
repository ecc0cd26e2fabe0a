// Counts the flights of each carrier, and tells how late they were and how far they went.
package main

import (
	"maps"
	"slices"

	"bubbles"
	"bubbles/transform"
)

type Flight struct {
	ArrDelay *int64 `json:"arr_delay"`
	Carrier  string `json:"carrier"`
	Distance int64  `json:"distance"`
}

type Carrier struct {
	Carrier     string `json:"carrier"`
	Flights     int64  `json:"flights"`
	Arrived     int64  `json:"arrived"`
	MinutesLate int64  `json:"minutes_late"`
	Farthest    int64  `json:"farthest"`
}

type carriers map[string]*Carrier

func init() {
	transform.Open("counts the flights of each carrier", transform.About{},
		func(*struct{}, bubbles.Context) (transform.Task, error) { return carriers{}, nil })
}

func (c carriers) Process(_ int, chunk []byte) error {
	return bubbles.EachRow(chunk, func(flight *Flight) error {
		group := c[flight.Carrier]
		if group == nil {
			group = &Carrier{Carrier: flight.Carrier}
			c[flight.Carrier] = group
		}
		group.Flights++
		if flight.ArrDelay != nil {
			group.Arrived++
			group.MinutesLate += *flight.ArrDelay
		}
		group.Farthest = max(group.Farthest, flight.Distance)
		return nil
	})
}

func (c carriers) Finish() error {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		bubbles.EmitRow(c[name])
	}
	return nil
}

func main() {}
