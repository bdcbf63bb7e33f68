//! BLAKE2 with all its parameters (RFC 7693 and the tree mode of the BLAKE2 paper), which no crate offers whole.

/// Word-size specific parts: rounds, rotations, and the initial values.
macro_rules! blake2 {
    ($name:ident, $word:ty, $bytes:literal, $rounds:literal, $r:expr, $iv:expr) => {
        #[derive(Clone)]
        pub struct $name {
            h: [$word; 8],
            count: u128,
            buffer: [u8; $bytes * 16],
            filled: usize,
            last_node: bool,
            pub digest_size: usize,
        }
        impl $name {
            pub const BLOCK: usize = $bytes * 16;
            const IV: [$word; 8] = $iv;
            /// `p` holds sizes that fit; the key is at most half a block, salt and person a quarter of that.
            pub fn new(p: &Parameters) -> Self {
                let mut block = [0u8; $bytes * 8];
                block[0] = p.digest_size as u8;
                block[1] = p.key.len() as u8;
                (block[2], block[3]) = (p.fanout, p.depth);
                block[4..8].copy_from_slice(&p.leaf_size.to_le_bytes());
                let offset = p.node_offset.to_le_bytes();
                if $bytes == 8 {
                    block[8..16].copy_from_slice(&offset);
                    (block[16], block[17]) = (p.node_depth, p.inner_size);
                } else {
                    block[8..14].copy_from_slice(&offset[..6]);
                    (block[14], block[15]) = (p.node_depth, p.inner_size);
                }
                let salt = $bytes * 4;
                for (to, from) in block[salt..].iter_mut().zip(p.salt.iter().take($bytes * 2)) {
                    *to = *from;
                }
                let person = $bytes * 6;
                for (to, from) in block[person..]
                    .iter_mut()
                    .zip(p.person.iter().take($bytes * 2))
                {
                    *to = *from;
                }
                let mut h = Self::IV;
                for (word, bytes) in h.iter_mut().zip(block.chunks_exact($bytes)) {
                    *word ^= load(bytes) as $word;
                }
                let mut state = $name {
                    h,
                    count: 0,
                    buffer: [0; $bytes * 16],
                    filled: 0,
                    last_node: p.last_node,
                    digest_size: p.digest_size,
                };
                if !p.key.is_empty() {
                    let mut first = [0; $bytes * 16];
                    for (to, from) in first.iter_mut().zip(&p.key) {
                        *to = *from;
                    }
                    state.update(&first);
                }
                state
            }
            pub fn update(&mut self, mut data: &[u8]) {
                while !data.is_empty() {
                    // A full buffer waits: the last block is treated differently.
                    if self.filled == Self::BLOCK {
                        self.count += Self::BLOCK as u128;
                        self.compress(false);
                        self.filled = 0;
                    }
                    let n = data.len().min(Self::BLOCK - self.filled);
                    self.buffer[self.filled..self.filled + n].copy_from_slice(&data[..n]);
                    self.filled += n;
                    data = &data[n..];
                }
            }
            pub fn digest(&self) -> Vec<u8> {
                let mut last = self.clone();
                last.count += last.filled as u128;
                last.buffer[last.filled..].fill(0);
                last.compress(true);
                let mut out: Vec<u8> = last.h.iter().flat_map(|w| w.to_le_bytes()).collect();
                out.truncate(self.digest_size);
                out
            }
            fn compress(&mut self, last: bool) {
                let mut m: [$word; 16] = [0; 16];
                for (word, bytes) in m.iter_mut().zip(self.buffer.chunks_exact($bytes)) {
                    *word = load(bytes) as $word;
                }
                let mut v: [$word; 16] = [0; 16];
                v[..8].copy_from_slice(&self.h);
                v[8..].copy_from_slice(&Self::IV);
                v[12] ^= self.count as $word;
                v[13] ^= (self.count >> ($bytes * 8)) as $word;
                if last {
                    v[14] = !v[14];
                    if self.last_node {
                        v[15] = !v[15];
                    }
                }
                const R: [u32; 4] = $r;
                for round in 0..$rounds {
                    let s = &SIGMA[round % 10];
                    for (i, [a, b, c, d]) in MIX.iter().copied().enumerate() {
                        v[a] = v[a].wrapping_add(v[b]).wrapping_add(m[s[2 * i] as usize]);
                        v[d] = (v[d] ^ v[a]).rotate_right(R[0]);
                        v[c] = v[c].wrapping_add(v[d]);
                        v[b] = (v[b] ^ v[c]).rotate_right(R[1]);
                        v[a] = v[a]
                            .wrapping_add(v[b])
                            .wrapping_add(m[s[2 * i + 1] as usize]);
                        v[d] = (v[d] ^ v[a]).rotate_right(R[2]);
                        v[c] = v[c].wrapping_add(v[d]);
                        v[b] = (v[b] ^ v[c]).rotate_right(R[3]);
                    }
                }
                for i in 0..8 {
                    self.h[i] ^= v[i] ^ v[i + 8];
                }
            }
        }
    };
}

pub struct Parameters {
    pub digest_size: usize,
    pub key: Vec<u8>,
    pub salt: Vec<u8>,
    pub person: Vec<u8>,
    pub fanout: u8,
    pub depth: u8,
    pub leaf_size: u32,
    pub node_offset: u64,
    pub node_depth: u8,
    pub inner_size: u8,
    pub last_node: bool,
}

fn load(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b))
}

const MIX: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];
const SIGMA: [[u8; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];
const IV64: [u64; 8] = [
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
];
/// The upper halves of the 64-bit values.
const IV32: [u32; 8] = {
    let mut iv = [0; 8];
    let mut i = 0;
    while i < 8 {
        iv[i] = (IV64[i] >> 32) as u32;
        i += 1;
    }
    iv
};
blake2!(Blake2b, u64, 8, 12, [32, 24, 16, 63], IV64);
blake2!(Blake2s, u32, 4, 10, [16, 12, 8, 7], IV32);
