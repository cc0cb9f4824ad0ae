//! The credentials in `tests/data` whose seed is known, and two worked examples.

use rsa::{BoxedUint, PrivateKey, traits::PrivateKeyParts};
use serde_json::Value;
use tpm_quote::{
    Marshal, Name, Tpm2bPublic, Unmarshal,
    types::{Tpm2bEncryptedSecret, Tpm2bIdObject, Tpm2bName},
    verify::{Credential, make_credential},
};

use crate::{
    common::{Vector, credentials, digits, hex},
    endorsement::{Decrypting, Endorsement, Given},
    forge::{SHA256, mgf1, private, sized},
};

fn make(ek: &[u8], name: &[u8], secret: &[u8], random: &mut Given) -> Credential {
    let ek = Tpm2bPublic::from_bytes(ek).unwrap();
    let name = Name::new(Tpm2bName::new(name).unwrap());
    make_credential(&ek, &name, secret, random).unwrap()
}

fn known(case: &Vector, key: &str) -> Option<Vec<u8>> {
    let value = case.json.pointer("/python_intermediate_values")?.get(key)?;
    value.as_str().map(hex)
}

#[test]
fn every_credential_with_a_known_seed_is_reproduced() {
    let (mut rsa, mut ecc) = (0, 0);
    for case in credentials() {
        let Some(seed) = known(&case, "seed_hex") else {
            continue;
        };
        let ephemeral = known(&case, "ephemeral_private_hex");
        // An RSA seed is random; one for ECC follows from the ephemeral key, which is.
        let mut random = match &ephemeral {
            Some(ephemeral) => Given::new(&[ephemeral]),
            None => Given::new(&[&seed, &[0x5a; 32]]),
        };
        let (name, secret) = (case.bytes("ak_name_hex"), case.bytes("secret_hex"));
        let made = make(&case.file("ek.pub"), &name, &secret, &mut random);
        assert_eq!(random.left(), 0, "{}", case.name);

        let (id_object, encrypted) = (made.id_object(), made.encrypted_secret());
        assert_eq!(id_object, case.file("id_object.2b"), "{}", case.name);
        let file = case.file("credential.blob");
        if ephemeral.is_some() {
            assert_eq!(encrypted, case.file("encrypted_secret.2b"), "{}", case.name);
            assert_eq!(made.as_file(), file, "{}", case.name);
            ecc += 1;
        } else {
            // How the seed was padded is not known: only the file's form is the same.
            assert_eq!(made.as_file().len(), file.len(), "{}", case.name);
            let head = 8 + id_object.len() + 2;
            assert_eq!(made.as_file()[..head], file[..head], "{}", case.name);
            rsa += 1;
        }
        assert_eq!(made.as_file()[..8], hex("badcc0de00000001"));
        assert_eq!(
            made.as_file()[8..],
            [id_object, encrypted].concat(),
            "{}",
            case.name
        );
        // They are the structures that they are said to be.
        let read = Tpm2bIdObject::from_bytes(id_object).unwrap();
        assert_eq!(
            digits(read.value().integrity_hmac.bytes()),
            *case
                .json
                .pointer("/python_intermediate_values/integrity_hmac_hex")
                .and_then(Value::as_str)
                .unwrap()
        );
        let read = Tpm2bEncryptedSecret::from_bytes(encrypted).unwrap();
        assert_eq!(read.marshaled_len(), Ok(encrypted.len()));
    }
    assert_eq!((rsa, ecc), (6, 5), "credentials whose seed is known");
}

const AK_NAME: &str = "000b6a7366c1e0f7fb511fbba2630270a694cc59db96a371fdd2426a2f6b8f2e430b";
const SECRET: &str = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f";

/// An RSA key whose factors are known: the padding of the seed is computed from what was
/// encrypted, and with it the whole of the credential is reproduced.
#[test]
fn worked_example_for_rsa() {
    let factor = |digits: &str| BoxedUint::from_be_slice(&hex(digits), 1024).unwrap();
    let p = factor(
        "f0bdd9a56005beeebade479e6244b5df3a1068f8ceb086a076b07b4e55b4573a35b306da26d09290957647326672191e3964f7cb9e403120a12ffd09f1bc8521ded2479a1ff95409ffa1a10d7aa6d2b32bfaa09e579ba78a9214b4e226ba1e7a6bba9266fb41944ba989382aef4e407b0ff8d24b68b0d32f1137e189236c1cbd",
    );
    let q = factor(
        "c42b0e212eafcd1dc71dd6d0becd615b56db685c7f761c28253ae93f23c3d4a6d5809ccf55329220dc5b96cda0ec75056b34d058adbfde51cdbd00e827292b32e92b32e7c32c6e323a70bc2e17e740ad41123a4e03e56d053b6df3d4da6ea52c511820066f4f27e98a3c34e643faceaf0e29eceb73c91f1c5d803e2c0c2d16d9",
    );
    let encrypted = hex(
        "69ccda330b9218a0b8f5b27d0fea946de5d455c9a7cc624616292f9f15b226cd31fb11f783a02087a5a9d5c8a1ff905bc8fa6bef28f03a5669e3facde07a82adccc4a424a9cca980d873baa2824385534ae17b2a696b41be9654a3fbec3d45d6671c79dded3a73f91d07147759e92a31ad4b03627ee16bb83705223f276b4ca188f2c4c76e4204b8fac9c7890d19db20a48c7e33a637e0b25dd7ea24aa1f4859b7bcc4dc5d7d639d0f6f9ba6f71ef1e3104b2ff4c682c7da8eebe47b0784d58c0df10f1501ec80378cd4cbbb3c650d20b9389cfbc0ff3fb9aa08c8f2d1ca5f45284f03349d4f226851b41d67d25edde5a1d6b067b063c0bb15356f23c0baf509",
    );
    let seed = hex("ab9ea8915d2067b589c6d5d2a2b31e72df1294e4130efa6f8c575db06f401dc4");
    let id_object = sized(&hex(
        "0020dc03140ad2d82bb228041ee098d92ea9699cef7f44bb46c504d7a4086ea0f00a
         c83ef207eb00c3b8e834f1a4d45850dc4005397022cf697ade1ac26c2d2435f715f3",
    ));

    let key = PrivateKey::from_p_q(p, q, BoxedUint::from(65537_u64)).unwrap();
    let d = key.d().to_be_bytes();
    let mut ek = Endorsement::new(Decrypting::Rsa(Box::new(key.clone())), SHA256, 128);
    ek.attributes = 0x0003_0440;
    ek.auth_policy.clear();
    let name = "000b1587345c25df70412ba230ee2ef0d842c5008899ec2823ab87c3f3a800964165";
    assert_eq!(digits(&ek.name()), name);
    let answer = ek.activate(&hex(AK_NAME), &id_object, &sized(&encrypted));
    assert_eq!(answer, Some(hex(SECRET)));

    let modulus = rsa::traits::PublicKeyParts::n_bytes(&key);
    let em = private(&modulus, &d, &encrypted);
    let (masked, db) = em[1..].split_at(32);
    let padding: Vec<_> = masked
        .iter()
        .zip(mgf1(SHA256, db, 32))
        .map(|(byte, mask)| byte ^ mask)
        .collect();
    // This key is none of an endorsement template: fixedTPM and others are missing.
    // Whatever its attributes, the arithmetic is that of any key.
    ek.attributes |= 0x0000_0032;
    let made = make(
        &ek.public(),
        &hex(AK_NAME),
        &hex(SECRET),
        &mut Given::new(&[&seed, &padding]),
    );
    assert_eq!(digits(made.id_object()), digits(&id_object));
    assert_eq!(digits(made.encrypted_secret()), digits(&sized(&encrypted)));
}

/// An ECC key of which the private scalar is known, but not the ephemeral one: what the
/// tool made is read by the software "TPM", which shows that it does what a TPM does.
#[test]
fn worked_example_for_ecc() {
    let scalar = hex("8bf0d172c01f2493f44c520c14cf3e89eff861578f6dd4f08beda341fcedf5f7");
    let key = p256::SecretKey::from_slice(&scalar).unwrap();
    let mut ek = Endorsement::new(Decrypting::P256(key), SHA256, 128);
    ek.attributes = 0x0003_0440;
    ek.auth_policy.clear();
    let name = "000b627348b99d61be5d239759c0c31b91eaa8bf4c94526a3f750a6e844aa56ecb4e";
    assert_eq!(digits(&ek.name()), name);
    let id_object = sized(&hex(
        "002079e44aa89fd3e6c1f86089d463373200027214d811230550acf2d1d03ea5e60f
         8d176608b25463aec9aba3c83bd9f68106dc27277a723df1984019b0534c70175297",
    ));
    let point = hex(
        "002014d7602521843dd0882a44a21e1572e94ed35fd525f6d8b1ee36970e42439dc8
         0020d38f44bf9366d8648269375241684e4b47442ccb9ad6f7cf83d9c401e678683c",
    );
    let activate = |name: &[u8]| ek.activate(name, &id_object, &sized(&point));
    assert_eq!(activate(&hex(AK_NAME)), Some(hex(SECRET)));
    let mut other = hex(AK_NAME);
    other[33] ^= 1;
    assert_eq!(activate(&other), None);
}
