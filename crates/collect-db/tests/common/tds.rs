//! A server that speaks enough TDS to be asked one query: prelogin without encryption, login, and
//! for every request the answer that a script holds ready. It is written from MS-TDS, not from the
//! client library.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does when it is asked.
#[derive(Clone)]
pub enum Answer {
    /// These tokens.
    Tokens(Vec<u8>),
    /// These tokens, and then the connection is gone.
    Cut(Vec<u8>),
    /// Nothing, for ever.
    Silence,
}

/// A running server.
pub struct Server {
    pub port: u16,
    /// Every request after the login, as text.
    pub asked: Arc<Mutex<Vec<String>>>,
}

/// Starts a server: the answer to the login, then to one request after the other.
pub async fn serve(login: Vec<u8>, answers: Vec<Answer>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = one(stream, &login, &answers, &noted).await;
        }
    });
    Server { port, asked }
}

async fn one(
    mut stream: TcpStream,
    login: &[u8],
    answers: &[Answer],
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    request(&mut stream).await?;
    // VERSION at 11, ENCRYPTION at 17, then their values: SQL Server 2016, "not supported".
    let prelogin = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 13, 0, 0, 0, 0, 0, 2];
    respond(&mut stream, &prelogin).await?;
    request(&mut stream).await?;
    respond(&mut stream, login).await?;
    for answer in answers {
        let bytes = request(&mut stream).await?;
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let odd: Vec<u16> = bytes[1..]
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let text = String::from_utf16_lossy(&units) + &String::from_utf16_lossy(&odd);
        asked.lock().unwrap().push(text);
        match answer {
            Answer::Tokens(tokens) => respond(&mut stream, tokens).await?,
            Answer::Cut(tokens) => {
                // A packet that says another follows.
                let length = u16::try_from(tokens.len() + 8).unwrap().to_be_bytes();
                stream
                    .write_all(&[4, 0, length[0], length[1], 0, 0, 1, 0])
                    .await?;
                stream.write_all(tokens).await?;
                return stream.shutdown().await;
            }
            Answer::Silence => tokio::time::sleep(Duration::from_mins(10)).await,
        }
    }
    // Whatever comes after is the client's goodbye.
    let _ = request(&mut stream).await;
    Ok(())
}

async fn request(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut head = [0; 8];
        stream.read_exact(&mut head).await?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let mut body = vec![0; length - 8];
        stream.read_exact(&mut body).await?;
        all.extend(body);
        if head[1] & 1 == 1 {
            return Ok(all);
        }
    }
}

/// In packets of 4,096 bytes, as before anything else is agreed.
async fn respond(stream: &mut TcpStream, tokens: &[u8]) -> std::io::Result<()> {
    let chunks: Vec<&[u8]> = tokens.chunks(4088).collect();
    for (place, chunk) in chunks.iter().enumerate() {
        let last = u8::from(place + 1 == chunks.len());
        let length = u16::try_from(chunk.len() + 8).unwrap().to_be_bytes();
        let head = [4, last, length[0], length[1], 0, 0, 1, 0];
        stream.write_all(&head).await?;
        stream.write_all(chunk).await?;
    }
    stream.flush().await
}

/// Tokens of TDS 7.4.
#[derive(Default, Clone)]
pub struct Tokens(pub Vec<u8>);

/// `Chinese_PRC_CI_AS`: code page 936.
const GBK: [u8; 5] = [0x04, 0x08, 0xd0, 0x00, 0x00];

/// A column's type.
#[derive(Clone, Copy)]
pub enum Kind {
    Varchar,
    Char,
    Nvarchar,
    NvarcharMax,
    Decimal(u8),
    Datetime,
    Date,
    Money,
    Int,
    Float,
    Bit,
    Varbinary,
}

impl Tokens {
    fn wide(&mut self, text: &str) {
        self.0
            .extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    }

    fn short_text(&mut self, text: &str) {
        self.0
            .push(u8::try_from(text.encode_utf16().count()).unwrap());
        self.wide(text);
    }

    pub fn login() -> Vec<u8> {
        let mut body = Tokens(vec![1, 0x74, 0, 0, 4]);
        body.short_text("Microsoft SQL Server");
        body.0.extend([13, 0, 0x10, 0]);
        let mut tokens = Tokens(vec![0xad]);
        tokens
            .0
            .extend(u16::try_from(body.0.len()).unwrap().to_le_bytes());
        tokens.0.extend(body.0);
        tokens.done(0xfd, 0);
        tokens.0
    }

    pub fn error(mut self, number: u32, message: &str) -> Self {
        let mut body = Tokens(number.to_le_bytes().to_vec());
        body.0.extend([1, 14]);
        let units = u16::try_from(message.encode_utf16().count()).unwrap();
        body.0.extend(units.to_le_bytes());
        body.wide(message);
        body.short_text("ERP");
        body.short_text("");
        body.0.extend(1_u32.to_le_bytes());
        self.0.push(0xaa);
        self.0
            .extend(u16::try_from(body.0.len()).unwrap().to_le_bytes());
        self.0.extend(body.0);
        self.done(0xfd, 2);
        self
    }

    pub fn columns(mut self, columns: &[(&str, Kind)]) -> Self {
        self.0.push(0x81);
        self.0
            .extend(u16::try_from(columns.len()).unwrap().to_le_bytes());
        for (name, kind) in columns {
            self.0.extend([0, 0, 0, 0, 9, 0]);
            match kind {
                Kind::Varchar => self.0.extend([&[0xa7, 40, 0], GBK.as_slice()].concat()),
                Kind::Char => self.0.extend([&[0xaf, 40, 0], GBK.as_slice()].concat()),
                Kind::Nvarchar => self.0.extend([&[0xe7, 80, 0], GBK.as_slice()].concat()),
                Kind::NvarcharMax => self.0.extend([&[0xe7, 255, 255], GBK.as_slice()].concat()),
                Kind::Decimal(scale) => self.0.extend([0x6a, 17, 38, *scale]),
                Kind::Datetime => self.0.extend([0x6f, 8]),
                Kind::Date => self.0.push(0x28),
                Kind::Money => self.0.extend([0x6e, 8]),
                Kind::Int => self.0.extend([0x26, 4]),
                Kind::Float => self.0.extend([0x6d, 8]),
                Kind::Bit => self.0.extend([0x68, 1]),
                Kind::Varbinary => self.0.extend([0xa5, 40, 0]),
            }
            self.short_text(name);
        }
        self
    }

    /// Begins a row; its values follow.
    pub fn row(mut self) -> Self {
        self.0.push(0xd1);
        self
    }

    /// A value of up to 255 bytes; none is missing.
    pub fn value(mut self, bytes: &[u8]) -> Self {
        self.0.push(u8::try_from(bytes.len()).unwrap());
        self.0.extend(bytes);
        self
    }

    /// A `decimal` of up to 16 bytes.
    pub fn decimal(self, value: i128) -> Self {
        let mut bytes = vec![u8::from(value >= 0)];
        bytes.extend(value.unsigned_abs().to_le_bytes());
        self.value(&bytes)
    }

    pub fn datetime(self, days: i32, fragments: u32) -> Self {
        let bytes = [days.to_le_bytes(), fragments.to_le_bytes()].concat();
        self.value(&bytes)
    }

    /// A `varchar` or `nvarchar`, in its own bytes.
    pub fn text(mut self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => {
                self.0
                    .extend(u16::try_from(bytes.len()).unwrap().to_le_bytes());
                self.0.extend(bytes);
            }
            None => self.0.extend([0xff, 0xff]),
        }
        self
    }

    /// An `nvarchar(max)`, in chunks.
    pub fn long_text(mut self, units: Option<&[u16]>) -> Self {
        let Some(units) = units else {
            self.0.extend([0xff; 8]);
            return self;
        };
        let bytes: Vec<u8> = units.iter().copied().flat_map(u16::to_le_bytes).collect();
        self.0.extend((bytes.len() as u64).to_le_bytes());
        for chunk in bytes.chunks(5) {
            self.0
                .extend(u32::try_from(chunk.len()).unwrap().to_le_bytes());
            self.0.extend(chunk);
        }
        self.0.extend([0; 4]);
        self
    }

    fn done(&mut self, token: u8, status: u8) {
        self.0.extend([token, status, 0, 0, 0]);
        self.0.extend([0; 8]);
    }

    /// The end of a batch.
    pub fn batch_end(mut self) -> Answer {
        self.done(0xfd, 0);
        Answer::Tokens(self.0)
    }

    /// The end of a procedure call, which a query with parameters is.
    pub fn end(mut self) -> Answer {
        self.done(0xff, 0x11);
        self.0.extend([0x79, 0, 0, 0, 0]);
        self.done(0xfe, 0);
        Answer::Tokens(self.0)
    }
}
