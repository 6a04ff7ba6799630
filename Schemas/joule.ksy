meta:
  id: joule
  title: Joulebook ledger, format 1
  file-extension: joule
  license: Apache-2.0
  ks-version: "0.10"
  endian: le
  encoding: UTF-8
doc: |
  An append-only file of checksummed blocks. The specification is `joule-format.md`; this describes what
  stands where, for viewers and generated parsers. It does not check checksums, hashes, order or limits, and
  expects an undamaged file without a torn tail.

  `process: zstd` is a custom processor that decompresses one zstd frame. Within a column of a DATA block only
  the coding is described: where its parts end depends on the number of bits that are set in a bitmap.

  The ring beside a ledger is another file; it is described by the type `ring`.
seq:
  - id: header
    type: file_header
  - id: parts
    type: part
    repeat: eos
types:
  file_header:
    seq:
      - id: magic
        contents: [0x89, 0x4a, 0x42, 0x4b, 0x0d, 0x0a, 0x1a, 0x0a]
      - id: major
        type: u2
        valid: 1
      - id: minor
        type: u2
      - id: incompatible
        type: u4
        valid: 0
      - id: compatible
        type: u4
      - id: header_size
        type: u4
        valid: 64
      - id: salt
        size: 4
        doc: The first bytes of the file id, which begin every block after its sync.
      - id: file_id_rest
        size: 12
      - id: created
        type: u8
        doc: Nanoseconds since 1970.
      - id: segment
        type: u4
      - id: previous_root
        size: 8
      - id: checksum
        type: u4
        doc: CRC-32C of the 60 bytes before.
    instances:
      is_pack:
        value: (compatible & 1) != 0
  part:
    doc: A block or a trailer; each begins at a multiple of 8.
    seq:
      - id: sync
        type: u4
        enum: sync
        valid:
          any-of: [sync::block, sync::trailer]
      - id: body
        type:
          switch-on: sync
          cases:
            sync::block: block
            sync::trailer: trailer
  block:
    seq:
      - id: salt
        size: 4
        valid: _root.header.salt
      - id: type
        type: u1
        enum: block_type
      - id: flags
        type: u1
      - id: table
        type: u2
      - id: payload_size
        type: u4
      - id: raw_size
        type: u4
      - id: rows
        type: u4
      - id: sequence
        type: u8
      - id: previous_leaf
        size: 8
      - id: payload_checksum
        type: u4
        doc: CRC-32C of the payload as stored.
      - id: header_checksum
        type: u4
        doc: CRC-32C of the 44 bytes before, sync included.
      - id: compressed_payload
        size: payload_size
        process: zstd
        type: payload(type.to_i)
        if: is_compressed
      - id: plain_payload
        size: payload_size
        type: payload(type.to_i)
        if: not is_compressed
      - id: padding
        type: u1
        valid: 0
        repeat: expr
        repeat-expr: (8 - payload_size % 8) % 8
    instances:
      is_critical:
        value: (flags & 1) != 0
      is_compressed:
        value: (flags & 2) != 0
  trailer:
    seq:
      - id: salt
        size: 4
        valid: _root.header.salt
      - id: blocks
        type: u8
      - id: summary
        type: u8
        doc: Offset of the last SUMMARY.
      - id: root
        size: 32
      - id: reserved
        type: u4
        valid: 0
      - id: checksum
        type: u4
        doc: CRC-32C of the 60 bytes before, sync included.
  payload:
    params:
      - id: type
        type: u1
    seq:
      - id: body
        type:
          switch-on: type
          cases:
            1: schema
            2: data
            3: meta
            4: index
            5: checkpoint
            6: summary
            7: resume
            8: gap
            9: attach
            10: key
            11: member
            _: unknown
  unknown:
    seq:
      - id: bytes
        size-eos: true
  text:
    seq:
      - id: size
        type: u2
      - id: value
        type: str
        size: size
  varint:
    doc: |
      Unsigned LEB128 of at most 64 bits in ten groups, but for the sum of a SUMMARY: that is of at most 128 bits in 19 groups,
      which few languages have a number for. `value` and `signed` are made of the first ten groups; of a longer sum, take `groups`.
    seq:
      - id: groups
        type: varint_group
        repeat: until
        repeat-until: not _.has_next
    instances:
      value:
        value: >-
          groups[0].value
          + (groups.size > 1 ? groups[1].value << 7 : 0)
          + (groups.size > 2 ? groups[2].value << 14 : 0)
          + (groups.size > 3 ? groups[3].value << 21 : 0)
          + (groups.size > 4 ? groups[4].value << 28 : 0)
          + (groups.size > 5 ? groups[5].value << 35 : 0)
          + (groups.size > 6 ? groups[6].value << 42 : 0)
          + (groups.size > 7 ? groups[7].value << 49 : 0)
          + (groups.size > 8 ? groups[8].value << 56 : 0)
          + (groups.size > 9 ? groups[9].value << 63 : 0)
      signed:
        value: "(value & 1) == 0 ? value >> 1 : -(value >> 1) - 1"
        doc: As a zigzag varint.
  varint_group:
    seq:
      - id: byte
        type: u1
    instances:
      has_next:
        value: (byte & 128) != 0
      value:
        value: byte & 127
  column_definition:
    seq:
      - id: type
        type: u1
        enum: column_type
      - id: role
        type: u1
        enum: column_role
      - id: name
        type: text
      - id: unit
        type: text
  schema:
    seq:
      - id: num_tables
        type: u2
      - id: tables
        type: schema_table
        repeat: expr
        repeat-expr: num_tables
  schema_table:
    seq:
      - id: id
        type: u2
      - id: name
        type: text
      - id: first
        type: u2
      - id: num_columns
        type: u2
      - id: columns
        type: column_definition
        repeat: expr
        repeat-expr: num_columns
  data:
    seq:
      - id: covered
        type: varint
      - id: first_row
        type: varint
      - id: num_series
        type: varint
      - id: series
        type: varint
        repeat: expr
        repeat-expr: num_series.value
        if: num_series.value > 1
      - id: num_columns
        type: varint
      - id: columns
        type: data_column
        repeat: expr
        repeat-expr: num_columns.value
  data_column:
    seq:
      - id: number
        type: varint
      - id: coding
        type: u1
      - id: size
        type: varint
      - id: body
        size: size.value
        doc: Null bitmap, units, heads, residuals.
    instances:
      mapping:
        value: coding & 15
        enum: mapping
      prediction:
        value: (coding >> 4) & 7
        enum: prediction
      has_nulls:
        value: (coding & 128) != 0
  meta:
    seq:
      - id: covered
        type: u8
      - id: documents
        type: strz
        terminator: 0x0a
        repeat: eos
        doc: JSON texts.
  gap:
    seq:
      - id: rows
        type: u8
      - id: table
        type: u2
      - id: cause
        type: u1
        enum: cause
      - id: reserved
        type: u1
        valid: 0
        repeat: expr
        repeat-expr: 5
  resume:
    seq:
      - id: discarded
        type: u8
      - id: hash
        size: 32
  index:
    seq:
      - id: ordinal
        type: varint
      - id: num_pointers
        type: u1
      - id: pointers
        type: index_pointer
        repeat: expr
        repeat-expr: num_pointers
      - id: num_entries
        type: varint
      - id: entries
        type: index_entry
        repeat: expr
        repeat-expr: num_entries.value
  index_pointer:
    seq:
      - id: ordinal
        type: varint
      - id: offset
        type: varint
      - id: from
        type: s8
      - id: to
        type: s8
  index_entry:
    seq:
      - id: offset
        type: varint
      - id: table
        type: u2
      - id: rows
        type: varint
      - id: first_row
        type: varint
      - id: num_zones
        type: varint
      - id: zones
        type: zone
        repeat: expr
        repeat-expr: num_zones.value
  zone:
    seq:
      - id: number
        type: u2
      - id: count
        type: varint
      - id: flag
        type: u1
      - id: minimum
        type: u8
        if: flag == 1
      - id: maximum
        type: u8
        if: flag == 1
  checkpoint:
    seq:
      - id: note
        type: str
        size-eos: true
        doc: A C2SP signed note.
  key:
    seq:
      - id: verifier_key
        type: text
      - id: number
        type: varint
      - id: keys
        type: varint
      - id: num_path
        type: u1
      - id: path
        size: 32
        repeat: expr
        repeat-expr: num_path
  attach:
    doc: A part of an artifact of a run.
    seq:
      - id: run
        type: varint
      - id: name
        type: text
      - id: media_type
        type: text
      - id: hash
        size: 32
      - id: size
        type: varint
      - id: offset
        type: varint
      - id: part
        size-eos: true
  member:
    seq:
      - id: member
        type: u4
      - id: reserved
        contents: [0, 0, 0, 0]
      - id: offset
        type: u8
      - id: size
        type: u8
      - id: bytes
        size-eos: true
  summary:
    seq:
      - id: tree_size
        type: u8
      - id: num_range
        type: u1
      - id: range
        size: 32
        repeat: expr
        repeat-expr: num_range
      - id: index
        type: varint
      - id: num_heads
        type: varint
      - id: heads
        type: varint
        repeat: expr
        repeat-expr: num_heads.value
        doc: Each offset less the one before.
      - id: meta_covered
        type: varint
      - id: num_gaps
        type: varint
      - id: gaps
        type: summary_gap
        repeat: expr
        repeat-expr: num_gaps.value
      - id: num_tables
        type: varint
      - id: tables
        type: summary_table
        repeat: expr
        repeat-expr: num_tables.value
  summary_gap:
    seq:
      - id: table
        type: u2
      - id: cause
        type: u1
        enum: cause
      - id: rows
        type: varint
  summary_table:
    seq:
      - id: id
        type: u2
      - id: name
        type: text
      - id: first
        type: u2
      - id: num_columns
        type: u2
      - id: columns
        type: column_definition
        repeat: expr
        repeat-expr: num_columns
      - id: covered
        type: varint
      - id: rows
        type: varint
      - id: statistics
        type: statistics(_index)
        repeat: expr
        repeat-expr: first + num_columns
  statistics:
    params:
      - id: number
        type: u2
    seq:
      - id: count
        type: varint
      - id: flags
        type: u1
        if: has_numbers
      - id: minimum
        type: u8
        if: has_numbers and (flags & 2) != 0
      - id: maximum
        type: u8
        if: has_numbers and (flags & 2) != 0
      - id: last
        type: u8
        if: has_numbers
      - id: sum
        type: varint
        if: has_numbers and (flags & 1) != 0
        doc: Zigzag, up to 128 bits; `signed` tells it while it has no more than ten groups.
    instances:
      is_text:
        value: >-
          number < _parent.first
          ? (_parent.id == 4 and number == 3) or (_parent.id == 6 and (number == 1 or number > 4))
          : _parent.columns[number - _parent.first].type == column_type::string
        doc: Of the fixed columns the name of a phase is text, and what a pack says of members in words.
      has_numbers:
        value: count.value > 0 and not is_text
  ring:
    doc: The file `NAME.joule.ring` beside a ledger that is being written.
    seq:
      - id: magic
        contents: [0x89, 0x4a, 0x52, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
      - id: version
        type: u2
        valid: 1
      - id: num_areas
        type: u2
        valid: 2
      - id: slot_size
        type: u4
        valid: 64
      - id: file_id
        size: 16
      - id: areas
        type: ring_area
        repeat: expr
        repeat-expr: 2
      - id: checksum
        type: u4
        doc: CRC-32C of the 48 bytes before.
      - id: gap_before_tails
        size: 256 - 52
      - id: reserved_tail
        type: u8
      - id: gap_between_tails
        size: 320 - 264
      - id: bulk_tail
        type: u8
      - id: gap_before_losses
        size: 512 - 328
      - id: losses
        type: u8
        repeat: expr
        repeat-expr: 8 * 4
        doc: By table 0…7 and, within, by cause 0…3.
      - id: gap_before_slots
        size: 4096 - 768
      - id: reserved_slots
        size: slot_size
        repeat: expr
        repeat-expr: areas[0].num_slots
      - id: bulk_slots
        size: slot_size
        repeat: expr
        repeat-expr: areas[1].num_slots
  ring_area:
    seq:
      - id: offset
        type: u4
      - id: num_slots
        type: u4
  ring_entry:
    doc: Takes consecutive slots, and may go on at the start of the area.
    seq:
      - id: sequence
        type: u8
        doc: Number of the first slot, and 1.
      - id: size
        type: u4
      - id: checksum
        type: u4
        doc: CRC-32C of sequence, size and payload.
      - id: payload
        size: size
        type: ring_payload
  ring_payload:
    seq:
      - id: kind
        type: u1
        enum: ring_entry_kind
      - id: reserved
        type: u1
        valid: 0
      - id: body
        type:
          switch-on: kind
          cases:
            ring_entry_kind::row: ring_row
            ring_entry_kind::column: ring_column
            ring_entry_kind::meta: ring_meta
  ring_row:
    seq:
      - id: table
        type: u2
      - id: num_cells
        type: u2
      - id: cells
        type: ring_cell
        repeat: expr
        repeat-expr: num_cells
  ring_cell:
    seq:
      - id: column
        type: u2
      - id: pattern
        type: u8
        doc: The size of the text that follows, when bit 15 of the column is set.
      - id: text
        type: str
        size: pattern
        if: (column & 0x8000) != 0
  ring_column:
    seq:
      - id: table
        type: u2
      - id: number
        type: u2
      - id: definition
        type: column_definition
  ring_meta:
    seq:
      - id: document
        type: str
        size-eos: true
enums:
  sync:
    0x31424b4a: block
    0x54424b4a: trailer
  block_type:
    1: schema
    2: data
    3: meta
    4: index
    5: checkpoint
    6: summary
    7: resume
    8: gap
    9: attach
    10: key
    11: member
  column_type:
    1: i64
    2: f64
    3: string
  column_role:
    0: fixed
    1: metric
  mapping:
    0: raw
    1: pattern
    2: f32
    3: decimal
    4: strings
    5: dictionary
  prediction:
    0: offset
    1: delta
    2: delta_of_delta
    3: energy
    4: duration
  cause:
    1: ring_full
    2: over_a_limit
    3: not_written
  ring_entry_kind:
    1: row
    2: column
    3: meta
