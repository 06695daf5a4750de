//! An authority (ACME) for tests, as strict as Pebble: nonces are good once and some are refused, signatures are
//! checked, and a name is proved by a real look at its listener (TLS-ALPN-01). What it signs hangs on a root of its own.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, Issuer, KeyPair, PublicKeyData, SignatureAlgorithm};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;

use super::{challenge, trust};

/// Every such nonce is refused once, as Pebble does by chance.
const BAD_NONCE_EVERY: usize = 3;

/// A running authority.
pub(crate) struct Authority {
    /// The address of its directory.
    pub(crate) directory: String,
    state: Arc<State>,
}

struct State {
    base: String,
    root: CertificateDer<'static>,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    /// The port on which names are looked for; it waits until there is one.
    looks_at: watch::Sender<Option<u16>>,
    offline: AtomicBool,
    limited: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    nonces: HashSet<String>,
    nonces_made: usize,
    /// The public keys, as points.
    accounts: Vec<Vec<u8>>,
    orders: Vec<Order>,
}

struct Order {
    account: usize,
    name: String,
    status: &'static str,
    fault: Option<String>,
    chain: Option<String>,
}

/// What an answer is made of.
type Answer = (StatusCode, Option<String>, String);

struct SignedKey(Vec<u8>);

impl PublicKeyData for SignedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl Authority {
    pub(crate) async fn start() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "a test authority");
        let root = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let own_key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let own = own.signed_by(&own_key, &issuer).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![own.der().clone()],
                PrivateKeyDer::try_from(own_key.serialize_der()).unwrap(),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            base: base.clone(),
            root: root.der().clone(),
            pem: root.pem(),
            issuer,
            looks_at: watch::Sender::new(None),
            offline: AtomicBool::new(false),
            limited: AtomicBool::new(false),
            inner: Mutex::default(),
        });
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&state)));
        Self { directory: format!("{base}/dir"), state }
    }

    /// Its root (PEM), for `acme_ca`.
    pub(crate) fn pem(&self) -> &str {
        &self.state.pem
    }

    pub(crate) fn root(&self) -> CertificateDer<'static> {
        self.state.root.clone()
    }

    /// Names are looked for there from now on.
    pub(crate) fn look_at(&self, port: u16) {
        self.state.looks_at.send_replace(Some(port));
    }

    /// Whether it hangs up on everybody.
    pub(crate) fn set_offline(&self, offline: bool) {
        self.state.offline.store(offline, Ordering::Relaxed);
    }

    /// Whether it takes no more orders.
    pub(crate) fn set_limited(&self, limited: bool) {
        self.state.limited.store(limited, Ordering::Relaxed);
    }

    /// Accounts, and orders that came to a certificate.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.state.inner.lock().unwrap();
        (inner.accounts.len(), inner.orders.iter().filter(|order| order.chain.is_some()).count())
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, state: Arc<State>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        if state.offline.load(Ordering::Relaxed) {
            continue;
        }
        let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(move |request| {
                let state = Arc::clone(&state);
                async move { Ok::<_, Infallible>(state.respond(request).await) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            // One request for each connection, so that being offline counts at once.
            drop(http.keep_alive(false).serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

impl State {
    async fn respond(self: Arc<Self>, request: Request<hyper::body::Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(Body::new(body), 1 << 20).await.unwrap();
        let path = parts.uri.path().to_owned();
        let (status, location, text) = match (parts.method, path.as_str()) {
            (Method::GET, "/dir") => (StatusCode::OK, None, self.directory()),
            (Method::HEAD, "/nonce") => (StatusCode::OK, None, String::new()),
            (Method::POST, path) => match self.checked(path, &body) {
                Ok((account, payload)) => self.answer(path, account, &payload),
                Err(problem) => problem,
            },
            (_, path) => panic!("nobody asks for {path}"),
        };
        let mut response = Response::builder().status(status).header("replay-nonce", self.nonce());
        if let Some(location) = location {
            response = response.header("location", format!("{}{location}", self.base));
        }
        response.body(Body::from(text)).unwrap()
    }

    fn directory(&self) -> String {
        let base = &self.base;
        json!({
            "newNonce": format!("{base}/nonce"), "newAccount": format!("{base}/account"),
            "newOrder": format!("{base}/order"), "revokeCert": format!("{base}/revoke"),
            "keyChange": format!("{base}/key"),
        })
        .to_string()
    }

    fn nonce(&self) -> String {
        let mut inner = self.inner.lock().unwrap();
        inner.nonces_made += 1;
        let nonce = BASE64.encode(format!("nonce {}", inner.nonces_made));
        inner.nonces.insert(nonce.clone());
        nonce
    }

    /// Who signed this, and what: the account's number, or the key of one to be.
    fn checked(&self, path: &str, body: &[u8]) -> Result<(Result<usize, Vec<u8>>, Value), Answer> {
        let jws: Value = serde_json::from_slice(body).unwrap();
        let part = |name: &str| BASE64.decode(jws[name].as_str().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&part("protected")).unwrap();
        assert_eq!(
            (&header["alg"], &header["url"]),
            (&json!("ES256"), &json!(format!("{}{path}", self.base)))
        );
        let mut inner = self.inner.lock().unwrap();
        let fresh = inner.nonces.remove(header["nonce"].as_str().unwrap());
        if !fresh || inner.nonces_made.is_multiple_of(BAD_NONCE_EVERY) {
            return Err(problem(StatusCode::BAD_REQUEST, "badNonce", "once more"));
        }
        let account = match header["kid"].as_str() {
            Some(kid) => Ok(kid.rsplit('/').next().unwrap().parse().unwrap()),
            None => Err(point(&header["jwk"])),
        };
        let key =
            account.as_ref().map_or_else(Clone::clone, |number: &usize| inner.accounts[*number].clone());
        let message = format!("{}.{}", jws["protected"].as_str().unwrap(), jws["payload"].as_str().unwrap());
        let signature = der_signature(&part("signature"));
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
        let signed = |key: &[u8]| {
            algorithms.iter().any(|one| one.verify_signature(key, message.as_bytes(), &signature).is_ok())
        };
        assert!(signed(&key), "the signature is wrong");
        let payload = part("payload");
        Ok((
            account,
            if payload.is_empty() { Value::Null } else { serde_json::from_slice(&payload).unwrap() },
        ))
    }

    fn answer(self: &Arc<Self>, path: &str, account: Result<usize, Vec<u8>>, payload: &Value) -> Answer {
        let mut inner = self.inner.lock().unwrap();
        let (kind, number) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
        let Ok(account) = account else {
            assert_eq!((kind, &payload["termsOfServiceAgreed"]), ("account", &json!(true)));
            inner.accounts.push(account.unwrap_err());
            let location = format!("/account/{}", inner.accounts.len() - 1);
            return (StatusCode::CREATED, Some(location), json!({"status": "valid"}).to_string());
        };
        if kind == "order" && number.is_empty() {
            if self.limited.load(Ordering::Relaxed) {
                return problem(StatusCode::TOO_MANY_REQUESTS, "rateLimited", "too many orders");
            }
            let name = payload["identifiers"][0]["value"].as_str().unwrap().to_owned();
            inner.orders.push(Order { account, name, status: "pending", fault: None, chain: None });
            let number = inner.orders.len() - 1;
            let text = self.order(&inner.orders[number], number);
            return (StatusCode::CREATED, Some(format!("/order/{number}")), text);
        }
        let number: usize = number.parse().unwrap();
        let order = &mut inner.orders[number];
        assert_eq!(order.account, account);
        let text = match kind {
            "order" => self.order(order, number),
            "authz" => json!({
                "status": authorization(order.status), "identifier": {"type": "dns", "value": order.name},
                "challenges": [self.challenge(order, number)],
            })
            .to_string(),
            "challenge" => {
                let (name, key) = (order.name.clone(), inner.accounts[account].clone());
                tokio::spawn(Arc::clone(self).look(number, name, key));
                self.challenge(&inner.orders[number], number).to_string()
            }
            "finalize" => {
                assert_eq!(order.status, "ready");
                order.chain = Some(self.sign(payload["csr"].as_str().unwrap(), &order.name));
                order.status = "valid";
                self.order(order, number)
            }
            "cert" => order.chain.clone().unwrap(),
            other => panic!("nobody asks for {other}"),
        };
        (StatusCode::OK, None, text)
    }

    fn order(&self, order: &Order, number: usize) -> String {
        let place = |kind: &str| format!("{}/{kind}/{number}", self.base);
        json!({
            "status": order.status, "identifiers": [{"type": "dns", "value": order.name}],
            "authorizations": [place("authz")], "finalize": place("finalize"),
            "certificate": order.chain.as_ref().map(|_| place("cert")),
        })
        .to_string()
    }

    fn challenge(&self, order: &Order, number: usize) -> Value {
        let error = order.fault.as_ref().map(
            |fault| json!({"type": "urn:ietf:params:acme:error:connection", "detail": fault, "status": 400}),
        );
        json!({
            "type": "tls-alpn-01", "url": format!("{}/challenge/{number}", self.base), "token": format!("token-{number}"),
            "status": authorization(order.status), "error": error,
        })
    }

    async fn look(self: Arc<Self>, number: usize, name: String, key: Vec<u8>) {
        let mut port = self.looks_at.subscribe();
        let port = port.wait_for(Option::is_some).await.unwrap().unwrap();
        let thumb = json!({
            "crv": "P-256", "kty": "EC", "x": BASE64.encode(&key[1..33]), "y": BASE64.encode(&key[33..])
        });
        let authorization = format!("token-{number}.{}", BASE64.encode(Sha256::digest(thumb.to_string())));
        let found = challenge::look(port, &name, Sha256::digest(authorization).as_slice()).await;
        let mut inner = self.inner.lock().unwrap();
        let order = &mut inner.orders[number];
        order.status = if found.is_ok() { "ready" } else { "invalid" };
        order.fault = found.err();
    }

    /// For thirty days more, sixty are over: it is due to be renewed.
    fn sign(&self, csr: &str, name: &str) -> String {
        let csr = BASE64.decode(csr).unwrap();
        let (_, csr) = X509CertificationRequest::from_der(&csr).unwrap();
        let names: Vec<_> = csr
            .requested_extensions()
            .unwrap()
            .filter_map(|extension| {
                let ParsedExtension::SubjectAlternativeName(names) = extension else { return None };
                Some(names.general_names.clone())
            })
            .flatten()
            .collect();
        assert_eq!(names, [GeneralName::DNSName(name)]);
        let key = SignedKey(csr.certification_request_info.subject_pki.subject_public_key.data.to_vec());
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = trust::in_days(-61).into();
        params.not_after = trust::in_days(29).into();
        let mut serial = [1; 16];
        getrandom::fill(&mut serial[1..]).unwrap();
        params.serial_number = Some(rcgen::SerialNumber::from_slice(&serial));
        params.signed_by(&key, &self.issuer).unwrap().pem() + &self.pem
    }
}

/// What an order's state says of its one authorization.
fn authorization(order: &str) -> &'static str {
    match order {
        "pending" => "pending",
        "invalid" => "invalid",
        _ => "valid",
    }
}

fn problem(status: StatusCode, kind: &str, detail: &str) -> Answer {
    let kind = format!("urn:ietf:params:acme:error:{kind}");
    (status, None, json!({"type": kind, "detail": detail, "status": status.as_u16()}).to_string())
}

fn point(jwk: &Value) -> Vec<u8> {
    let part = |name: &str| BASE64.decode(jwk[name].as_str().unwrap()).unwrap();
    [&[4][..], &part("x"), &part("y")].concat()
}

/// A signature of two numbers, in the form in which certificates have it.
fn der_signature(fixed: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
        let sign: &[u8] = if bytes[0] & 0x80 == 0 { &[] } else { &[0] };
        let len = u8::try_from(sign.len() + bytes.len()).unwrap();
        [&[2, len], sign, bytes].concat()
    };
    let numbers = [number(&fixed[..32]), number(&fixed[32..])].concat();
    [&[0x30, u8::try_from(numbers.len()).unwrap()], numbers.as_slice()].concat()
}
